package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * Turns the JSON area into {@link Metadata}, and refuses what breaks a rule of the format.
 *
 * @see <a href="https://gitlab.com/cryptsetup/LUKS2-docs">LUKS2 on-disk format, JSON area</a>
 */
final class MetadataReader {
  static final long MAX_KEYSLOTS_SIZE_BYTES = 128L << 20;
  private static final int MIN_DIGEST_BYTES = 20;

  private final Fields root;
  private final long headerSizeBytes;

  private MetadataReader(Fields root, long headerSizeBytes) {
    this.root = root;
    this.headerSizeBytes = headerSizeBytes;
  }

  static Metadata read(
      ObjectNode json, long headerSizeBytes, Function<String, LuksException> failure)
      throws LuksException {
    return new MetadataReader(new Fields("", json, failure), headerSizeBytes).read();
  }

  private Metadata read() throws LuksException {
    OptionalInt version = RequirementsReader.reencryptVersion(root.object("config"));
    Metadata metadata = version.isPresent() ? inReencryption(version.getAsInt()) : ofOneSegment();
    requireReferences(metadata);
    requireAreas(metadata);
    return metadata;
  }

  private Metadata ofOneSegment() throws LuksException {
    CryptSegment segment = SegmentReader.read(root);
    return new Metadata(keyslots(), digests(), segment, tokens(), keyslotsSize(segment));
  }

  private Metadata inReencryption(int version) throws LuksException {
    SortedMap<Integer, Keyslot> keyslots = new TreeMap<>();
    SortedMap<Integer, ReencryptKeyslot> reencrypting = new TreeMap<>();
    for (Map.Entry<Integer, Fields> entry :
        root.numbered("keyslots", Metadata.MAX_NUMBER).entrySet()) {
      if (entry.getValue().text("type").equals(ReencryptKeyslot.TYPE)) {
        reencrypting.put(entry.getKey(), ReencryptKeyslot.read(entry.getValue()));
      } else {
        keyslots.put(entry.getKey(), KeyslotReader.read(entry.getValue()));
      }
    }
    SortedMap<Integer, Digest> digests = digests();
    ReencryptMetadata reencryption = ReencryptReader.read(root, version, reencrypting, digests);
    CryptSegment segment =
        reencryption.previous().isEncrypted()
            ? reencryption.previous().asCrypt()
            : reencryption.target().asCrypt();
    return new Metadata(
        keyslots, digests, segment, tokens(), keyslotsSize(segment), Optional.of(reencryption));
  }

  private SortedMap<Integer, Keyslot> keyslots() throws LuksException {
    SortedMap<Integer, Keyslot> keyslots = new TreeMap<>();
    for (Map.Entry<Integer, Fields> entry :
        root.numbered("keyslots", Metadata.MAX_NUMBER).entrySet()) {
      keyslots.put(entry.getKey(), KeyslotReader.read(entry.getValue()));
    }
    return keyslots;
  }

  private SortedMap<Integer, Digest> digests() throws LuksException {
    SortedMap<Integer, Digest> digests = new TreeMap<>();
    for (Map.Entry<Integer, Fields> entry :
        root.numbered("digests", Metadata.MAX_NUMBER).entrySet()) {
      digests.put(entry.getKey(), digest(entry.getValue()));
    }
    return digests;
  }

  private static Digest digest(Fields digest) throws LuksException {
    String type = digest.text("type");
    if (!type.equals("pbkdf2")) {
      throw new LuksException.UnsupportedFeature(
          "%s: digests of type \"%s\" are not supported".formatted(digest.path(), type));
    }
    HashAlgorithm hash = KeyslotReader.hash(digest);
    return new Digest(
        digest.numbers("keyslots"),
        digest.numbers("segments"),
        hash,
        digest.number(
            "iterations", KdfBounds.MIN_PBKDF2_ITERATIONS, KdfBounds.MAX_PBKDF2_ITERATIONS),
        digest.base64("salt", KeyslotReader.SALT_BYTES, KeyslotReader.SALT_BYTES),
        digestValue(digest, hash));
  }

  /** As long as LUKS1's, or as the hash. */
  private static String digestValue(Fields digest, HashAlgorithm hash) throws LuksException {
    String value = digest.base64("digest", MIN_DIGEST_BYTES, hash.lengthBytes());
    int lengthBytes = Base64.getDecoder().decode(value).length;
    if (lengthBytes != MIN_DIGEST_BYTES && lengthBytes != hash.lengthBytes()) {
      throw digest.broken(
          "digest",
          "must be base64 of %d or %d bytes".formatted(MIN_DIGEST_BYTES, hash.lengthBytes()));
    }
    return value;
  }

  private SortedMap<Integer, Token> tokens() throws LuksException {
    SortedMap<Integer, Token> tokens = new TreeMap<>();
    for (Map.Entry<Integer, Fields> entry :
        root.numbered("tokens", Metadata.MAX_NUMBER).entrySet()) {
      tokens.put(entry.getKey(), Token.read(entry.getValue()));
    }
    return tokens;
  }

  private long keyslotsSize(CryptSegment segment) throws LuksException {
    Fields config = root.object("config");
    if (config.decimal("json_size") != headerSizeBytes - HeaderOffsets.BINARY_HEADER_BYTES) {
      throw config.broken(
          "json_size", "must be the header's size less 4096, with size " + headerSizeBytes);
    }
    long size = config.decimal("keyslots_size");
    if (size % 4096 != 0 || size > MAX_KEYSLOTS_SIZE_BYTES) {
      throw config.broken("keyslots_size", "must be a multiple of 4096 up to 128 MiB");
    }
    // A data offset of 0 means that the header lives on a device of its own.
    if (segment.offsetBytes() != 0 && 2 * headerSizeBytes + size > segment.offsetBytes()) {
      throw config.broken("keyslots_size", "must end before the segment begins");
    }
    return size;
  }

  private void requireReferences(Metadata metadata) throws LuksException {
    for (Map.Entry<Integer, Digest> entry : metadata.digests().entrySet()) {
      String path = "digests." + entry.getKey();
      requireKnown(path, "keyslot", entry.getValue().keyslots(), numbers(metadata));
      requireKnown(path, "segment", entry.getValue().segments(), segmentNumbers(metadata));
    }
    for (Map.Entry<Integer, Token> entry : metadata.tokens().entrySet()) {
      SortedSet<Integer> keyslots = entry.getValue().keyslots();
      requireKnown("tokens." + entry.getKey(), "keyslot", keyslots, metadata.keyslots().keySet());
    }
    for (int keyslot : metadata.keyslots().keySet()) {
      requireOneDigest("keyslots", keyslot, metadata, Digest::keyslots);
    }
    if (metadata.reencryption().isEmpty()) {
      requireOneDigest("segments", Metadata.SEGMENT, metadata, Digest::segments);
    }
  }

  private static Collection<Integer> numbers(Metadata metadata) {
    Set<Integer> numbers = new TreeSet<>(metadata.keyslots().keySet());
    metadata.reencryption().ifPresent(one -> numbers.add(one.keyslotNumber()));
    return numbers;
  }

  private Collection<Integer> segmentNumbers(Metadata metadata) throws LuksException {
    return metadata.reencryption().isPresent()
        ? SegmentReader.readAll(root).keySet()
        : List.of(Metadata.SEGMENT);
  }

  private void requireKnown(
      String path, String what, SortedSet<Integer> named, Collection<Integer> known)
      throws LuksException {
    for (int number : named) {
      if (!known.contains(number)) {
        throw root.broken("%s names %s %d, which is not there".formatted(path, what, number));
      }
    }
  }

  private void requireOneDigest(
      String what, int number, Metadata metadata, Function<Digest, SortedSet<Integer>> members)
      throws LuksException {
    long count =
        metadata.digests().values().stream()
            .filter(digest -> members.apply(digest).contains(number))
            .count();
    if (count != 1) {
      throw root.broken("%s.%d has %d digests: must have one".formatted(what, number, count));
    }
  }

  private void requireAreas(Metadata metadata) throws LuksException {
    long begin = 2 * headerSizeBytes;
    long end = begin + metadata.keyslotsSizeBytes();
    List<Keyslot.Area> areas = new ArrayList<>();
    for (Map.Entry<Integer, Keyslot.Area> entry : areasByNumber(metadata).entrySet()) {
      Keyslot.Area area = entry.getValue();
      if (area.offsetBytes() < begin || area.sizeBytes() > end - area.offsetBytes()) {
        throw root.broken(
            "keyslots.%d.area of %d bytes at %d: must lie within %d to %d"
                .formatted(entry.getKey(), area.sizeBytes(), area.offsetBytes(), begin, end));
      }
      areas.add(area);
    }
    requireNoOverlap(areas);
  }

  private static SortedMap<Integer, Keyslot.Area> areasByNumber(Metadata metadata) {
    SortedMap<Integer, Keyslot.Area> areas = new TreeMap<>();
    metadata.keyslots().forEach((number, keyslot) -> areas.put(number, keyslot.area()));
    metadata
        .reencryption()
        .ifPresent(one ->
            areas.put(
                one.keyslotNumber(),
                new Keyslot.Area(
                    one.keyslot().areaOffsetBytes(), one.keyslot().areaBytes(), "", 0)));
    return areas;
  }

  private void requireNoOverlap(List<Keyslot.Area> areas) throws LuksException {
    areas.sort(Comparator.comparingLong(Keyslot.Area::offsetBytes));
    for (int i = 1; i < areas.size(); i++) {
      if (areas.get(i).offsetBytes() < areas.get(i - 1).endBytes()) {
        throw root.broken(
            "keyslot areas at %d and %d overlap"
                .formatted(areas.get(i - 1).offsetBytes(), areas.get(i).offsetBytes()));
      }
    }
  }
}
