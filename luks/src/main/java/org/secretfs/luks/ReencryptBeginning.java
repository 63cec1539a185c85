package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.ReencryptKeyslot.Direction;
import org.secretfs.luks.ReencryptKeyslot.Mode;
import org.secretfs.luks.ReencryptMetadata.Part;

/**
 * Collects what one update of the header needs to begin a re-encryption: new keyslots, whose areas
 * are filled before it, the re-encryption's keyslot, and the proof over all. Works on a header that
 * is not in re-encryption.
 */
final class ReencryptBeginning {
  private static final int AREA_UNIT_BYTES = 4096;

  private final ReencryptHeader header;
  private final Metadata metadata;
  private final ObjectNode json;
  private final Map<Integer, Keyslot.Area> areas = new TreeMap<>();
  private final int oldDigest;

  private record Gap(long begin, long bytes) {}

  ReencryptBeginning(ReencryptHeader header) throws LuksException {
    this.header = header;
    this.metadata = header.metadata();
    if (metadata.reencryption().isPresent()) {
      throw new LuksException.ReencryptionRefused("a re-encryption of the volume began before");
    }
    this.json = header.copy().json().deepCopy();
    metadata.keyslots().forEach((number, keyslot) -> areas.put(number, keyslot.area()));
    this.oldDigest = digestOfSegment();
  }

  private int digestOfSegment() {
    return metadata.digests().entrySet().stream()
        .filter(entry -> entry.getValue().segments().contains(Metadata.SEGMENT))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  int oldDigest() {
    return oldDigest;
  }

  /** A keyslot that was opened, and the key in it. */
  record Opened(int number, VolumeKey key) {}

  /** Opens one keyslot of the volume's key for each passphrase; the keys are the caller's. */
  List<Opened> open(List<SecretBuffer> passphrases) throws IOException, LuksException {
    List<Opened> opened = new ArrayList<>();
    try {
      for (SecretBuffer passphrase : passphrases) {
        opened.add(open(passphrase, opened));
      }
      if (opened.isEmpty()) {
        throw new LuksException.NoKeyslotOpened(0);
      }
      return opened;
    } catch (IOException | LuksException | RuntimeException e) {
      opened.forEach(one -> one.key().close());
      throw e;
    }
  }

  private Opened open(SecretBuffer passphrase, List<Opened> before)
      throws IOException, LuksException {
    Unlocker unlocker = new Unlocker(header.storage(), metadata);
    int tried = 0;
    for (int number : metadata.segmentDigest().keyslots()) {
      if (before.stream().anyMatch(one -> one.number() == number)) {
        continue;
      }
      try {
        Opened opened = new Opened(number, unlocker.unlock(passphrase, number));
        ManifestRenewal.requireUntouched(header.copy(), passphrase);
        return opened;
      } catch (LuksException.NoKeyslotOpened e) {
        tried += e.tried();
      }
    }
    throw new LuksException.NoKeyslotOpened(tried);
  }

  /**
   * Adds keyslots for a new key, one for each old keyslot that was opened, and its digest.
   *
   * @param passphrases those that opened them, in the same order
   * @return the digest's number
   */
  int addKey(
      VolumeKey key,
      List<Opened> opened,
      List<SecretBuffer> passphrases,
      Optional<KdfParameters> kdf)
      throws IOException, LuksException {
    int digest = freeNumber(json.withObject("/digests"));
    ObjectNode digestJson = NewKeyslot.digestJson(key.secret(), metadata.segmentDigest().hash());
    json.withObject("/digests").set(Integer.toString(digest), digestJson);
    for (int i = 0; i < opened.size(); i++) {
      Opened old = opened.get(i);
      int number = addKeyslot(key, old, passphrases.get(i), kdf);
      ((ArrayNode) digestJson.get("keyslots")).add(Integer.toString(number));
      for (Map.Entry<Integer, Token> token : metadata.tokens().entrySet()) {
        if (token.getValue().keyslots().contains(old.number())
            && !Manifest.isOne(token.getValue())) {
          json.withArray("/tokens/%d/keyslots".formatted(token.getKey()))
              .add(Integer.toString(number));
        }
      }
    }
    header.storage().sync();
    return digest;
  }

  private int addKeyslot(
      VolumeKey key, Opened old, SecretBuffer passphrase, Optional<KdfParameters> kdf)
      throws IOException, LuksException {
    Keyslot model = java.util.Objects.requireNonNull(metadata.keyslots().get(old.number()));
    int needed = NewKeyslot.areaBytes(key.length());
    Gap gap =
        gaps().stream()
            .filter(one -> one.bytes() >= needed)
            .findFirst()
            .orElseThrow(() ->
                new LuksException.NoRoom(
                    "no gap of %d bytes is left for a keyslot".formatted(needed)));
    Keyslot keyslot =
        NewKeyslot.describe(
                kdf.orElse(model.kdf()),
                key.length(),
                gap.begin(),
                CipherSpec.find(model.area().encryption()).orElse(CipherSpec.AES_XTS_PLAIN64),
                model.afHash())
            .withPriority(model.priority());
    int number = freeNumber(json.withObject("/keyslots"));
    areas.put(number, keyslot.area());
    json.withObject("/keyslots").set(Integer.toString(number), NewKeyslot.json(keyslot));
    NewKeyslot.fill(header.storage(), keyslot, passphrase, key);
    return number;
  }

  private static int freeNumber(ObjectNode members) throws LuksException {
    for (int number = 0; number <= Metadata.MAX_NUMBER; number++) {
      if (!members.has(Integer.toString(number))) {
        return number;
      }
    }
    throw new LuksException.NoRoom("all %d numbers are in use".formatted(Metadata.MAX_NUMBER + 1));
  }

  /** The free parts of the keyslots area, in whole units. */
  private List<Gap> gaps() {
    List<Gap> gaps = new ArrayList<>();
    long begin = 2 * header.copy().binary().sizeBytes();
    long end = begin + metadata.keyslotsSizeBytes();
    List<Keyslot.Area> sorted =
        areas.values().stream()
            .sorted(Comparator.comparingLong(Keyslot.Area::offsetBytes))
            .toList();
    for (Keyslot.Area area : sorted) {
      addGap(gaps, begin, area.offsetBytes());
      begin = Math.ceilDiv(area.endBytes(), (long) AREA_UNIT_BYTES) * AREA_UNIT_BYTES;
    }
    addGap(gaps, begin, end);
    return gaps;
  }

  private static void addGap(List<Gap> gaps, long begin, long end) {
    long bytes = (end - begin) / AREA_UNIT_BYTES * AREA_UNIT_BYTES;
    if (bytes > 0) {
      gaps.add(new Gap(begin, bytes));
    }
  }

  /** Everything but the keys that {@link #store} needs. */
  record Shape(
      Mode mode,
      Direction direction,
      Resilience resilience,
      int version,
      List<Part> parts,
      VolumeSegment previous,
      VolumeSegment target,
      Optional<VolumeSegment> moved) {}

  /** The area that the re-encryption gets: the largest gap, or a small one if it needs none. */
  ReencryptKeyslot keyslot(Mode mode, Direction direction, Resilience resilience)
      throws LuksException {
    List<Gap> gaps = gaps();
    boolean small = resilience.kind() == Resilience.Kind.DATASHIFT;
    Gap gap =
        gaps.stream()
            .max(Comparator.comparingLong(Gap::bytes))
            .orElseThrow(
                () -> new LuksException.NoRoom("no gap is left for the re-encryption's keyslot"));
    return new ReencryptKeyslot(
        mode, direction, resilience, gap.begin(), small ? AREA_UNIT_BYTES : gap.bytes());
  }

  /** Writes the header: from then on the volume is in re-encryption. */
  void store(Shape shape, OptionalInt newDigest, ReencryptKeys keys)
      throws IOException, LuksException {
    ReencryptMetadata made =
        new ReencryptMetadata(
            shape.version(),
            freeNumber(json.withObject("/keyslots")),
            keyslot(shape.mode(), shape.direction(), shape.resilience()),
            shape.parts(),
            shape.previous(),
            shape.target(),
            shape.moved(),
            shape.mode() == Mode.ENCRYPT ? -1 : oldDigest,
            newDigest.orElse(-1),
            freeNumber(json.withObject("/digests")));
    ObjectNode proof = ReencryptProof.json(made, keys);
    header.update(target -> {
      target.removeAll();
      target.setAll(json);
      ReencryptJson.putSegments(target, made);
      ReencryptJson.putKeyslot(target, made, proof);
    });
  }
}
