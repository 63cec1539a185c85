package org.secretfs.luks;

import java.util.EnumSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.secretfs.luks.VolumeSegment.Flag;

/** The rules of the segments, without integrity: one crypt segment, unless in re-encryption. */
final class SegmentReader {
  private static final int MAX_SEGMENTS = 31;
  private static final Pattern CIPHER = Pattern.compile("[a-z0-9_]+(-[a-z0-9_:()-]+)?");
  private static final int MAX_CIPHER_CHARS = 64;

  private SegmentReader() {}

  /** The one segment of a volume that is not in re-encryption. */
  static CryptSegment read(Fields root) throws LuksException {
    SortedMap<Integer, Fields> segments = numbered(root);
    if (segments.size() > 1) {
      throw new LuksException.UnsupportedFeature(
          "%d segments: only one is supported".formatted(segments.size()));
    }
    Fields segment = segments.get(Metadata.SEGMENT);
    if (segment == null) {
      throw root.broken("segments", "must be numbered from 0 without a gap");
    }
    return crypt(segment);
  }

  private static SortedMap<Integer, Fields> numbered(Fields root) throws LuksException {
    SortedMap<Integer, Fields> segments = root.numbered("segments", MAX_SEGMENTS);
    if (segments.isEmpty()) {
      throw root.broken("segments", "must hold a segment");
    }
    return segments;
  }

  /** All segments of a volume in re-encryption: plain ones may be among them, and flags on them. */
  static SortedMap<Integer, VolumeSegment> readAll(Fields root) throws LuksException {
    SortedMap<Integer, Fields> fields = numbered(root);
    if (fields.lastKey() != fields.size() - 1) {
      throw root.broken("segments", "must be numbered from 0 without a gap");
    }
    SortedMap<Integer, VolumeSegment> segments = new TreeMap<>();
    for (int number : fields.keySet()) {
      segments.put(number, flagged(java.util.Objects.requireNonNull(fields.get(number))));
    }
    return segments;
  }

  private static VolumeSegment flagged(Fields segment) throws LuksException {
    refuseIntegrity(segment);
    VolumeSegment read =
        switch (segment.text("type")) {
          case "crypt" -> VolumeSegment.of(fields(segment));
          case "linear" -> VolumeSegment.linear(offset(segment), size(segment, 512));
          default ->
              throw new LuksException.UnsupportedFeature(
                  "%s: type \"%s\" is not supported"
                      .formatted(segment.path(), segment.text("type")));
        };
    for (Flag flag : flags(segment)) {
      read = read.with(flag);
    }
    return read;
  }

  private static Set<Flag> flags(Fields segment) throws LuksException {
    Set<Flag> flags = EnumSet.noneOf(Flag.class);
    if (segment.has("flags")) {
      for (String text : segment.texts("flags")) {
        flags.add(flag(segment, text));
      }
    }
    if (flags.size() > 1) {
      throw segment.broken("flags", "must hold one flag");
    }
    return flags;
  }

  private static Flag flag(Fields segment, String text) throws LuksException {
    for (Flag flag : Flag.values()) {
      if (flag.stored().equals(text)) {
        return flag;
      }
    }
    throw new LuksException.UnsupportedFeature(
        "%s: flags %s are not supported".formatted(segment.path(), segment.texts("flags")));
  }

  private static CryptSegment crypt(Fields segment) throws LuksException {
    requireSupported(segment);
    return fields(segment);
  }

  private static CryptSegment fields(Fields segment) throws LuksException {
    int sectorSize = sectorSize(segment);
    return new CryptSegment(
        offset(segment),
        size(segment, sectorSize),
        cipher(segment),
        sectorSize,
        segment.decimal("iv_tweak"));
  }

  private static long offset(Fields segment) throws LuksException {
    return aligned(segment, "offset", segment.decimal("offset"), 512);
  }

  private static void requireSupported(Fields segment) throws LuksException {
    String type = segment.text("type");
    if (type.equals("linear")) {
      throw new LuksException.UnsupportedFeature(
          "%s: type \"linear\": the data is plain; a header that a decryption left opens nothing and"
                  .formatted(segment.path())
              + " may be deleted");
    }
    if (!type.equals("crypt")) {
      throw new LuksException.UnsupportedFeature(
          "%s: type \"%s\" is not supported".formatted(segment.path(), type));
    }
    refuseIntegrity(segment);
    if (segment.has("flags") && !segment.texts("flags").isEmpty()) {
      throw new LuksException.UnsupportedFeature(
          "%s: flags %s are not supported".formatted(segment.path(), segment.texts("flags")));
    }
  }

  private static void refuseIntegrity(Fields segment) throws LuksException {
    if (segment.has("integrity")) {
      throw new LuksException.UnsupportedFeature(
          "%s: integrity protection is not supported".formatted(segment.path()));
    }
  }

  private static int sectorSize(Fields segment) throws LuksException {
    int sectorSize = segment.number("sector_size", 512, 4096);
    if (Integer.bitCount(sectorSize) != 1) {
      throw segment.broken("sector_size", "must be 512, 1024, 2048 or 4096");
    }
    return sectorSize;
  }

  private static OptionalLong size(Fields segment, int sectorSize) throws LuksException {
    if (segment.text("size").equals("dynamic")) {
      return OptionalLong.empty();
    }
    long size = aligned(segment, "size", segment.decimal("size"), sectorSize);
    if (size == 0 || segment.decimal("offset") > Long.MAX_VALUE - size) {
      throw segment.broken("size", "must be \"dynamic\" or greater than 0 and end before 2^63");
    }
    return OptionalLong.of(size);
  }

  private static long aligned(Fields segment, String name, long value, int unit)
      throws LuksException {
    if (value % unit != 0) {
      throw segment.broken(name, "must be a multiple of %d".formatted(unit));
    }
    return value;
  }

  /** Refuses null ciphers: a header that was swapped for one would have data written in clear. */
  private static String cipher(Fields segment) throws LuksException {
    String cipher = segment.text("encryption");
    if (cipher.length() > MAX_CIPHER_CHARS || !CIPHER.matcher(cipher).matches()) {
      throw segment.broken("encryption", "must name a cipher, as in aes-xts-plain64");
    }
    if (cipher.startsWith("cipher_null") || cipher.startsWith("null")) {
      throw new LuksException.UnsupportedFeature(
          "%s: the cipher \"%s\" encrypts nothing".formatted(segment.path(), cipher));
    }
    return cipher;
  }
}
