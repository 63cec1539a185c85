package org.secretfs.luks;

import static org.secretfs.luks.HeaderRule.binary;
import static org.secretfs.luks.HeaderRule.cut;
import static org.secretfs.luks.HeaderRule.image;

import java.util.stream.Stream;

/** The rules of the binary header, LUKS2 2.1. */
final class BinaryHeaderRules {
  private BinaryHeaderRules() {}

  static Stream<HeaderRule> all() {
    return Stream.of(
        binary("version 3", binary -> binary.putShort(6, (short) 3), "version 3"),
        binary("header size not apower of two", binary -> binary.putLong(8, 0x5000), "size 20480"),
        binary("header size negative", binary -> binary.putLong(8, Long.MIN_VALUE), "power of two"),
        binary("header size below least", binary -> binary.putLong(8, 8192), "size 8192"),
        binary("header size above most", binary -> binary.putLong(8, 8 << 20), "size 8388608"),
        binary("header states other offset", binary -> binary.putLong(256, 512), "lies at 512"),
        binary("seqid negative", binary -> binary.putLong(16, -1), "seqid"),
        binary("seqid that cannot grow", binary -> binary.putLong(16, Long.MAX_VALUE), "seqid"),
        binary(
            "checksum algorithm unknown",
            binary -> binary.put(72, (byte) 'x'),
            "checksum algorithm"),
        binary("uuid malformed", binary -> binary.put(168, (byte) 'x'), "UUID"),
        image("checksum wrong", image -> image[BinaryHeader.CHECKSUM_OFFSET] ^= 1, "checksum"),
        image(
            "padding changed without checksum",
            image -> image[BinaryHeader.SIZE_BYTES - 1] ^= 1,
            "checksum"),
        image(
            "json changed without checksum",
            image -> image[BinaryHeader.SIZE_BYTES + 20] ^= 1,
            "checksum"),
        image("salt changed without checksum", image -> image[104] ^= 1, "checksum"),
        image("magic wrong", image -> image[0] ^= 1, "no LUKS header")
            .refusedBy(LuksException.NotLuks.class),
        binary("version one", binary -> binary.putShort(6, (short) 1), "LUKS1")
            .refusedBy(LuksException.NotLuks.class),
        binary(
            "seqid that leaves no room for an update",
            binary -> binary.putLong(16, Long.MAX_VALUE),
            "below 2^63 - 1"),
        binary("uuid empty", binary -> binary.put(168, new byte[40]), "UUID"),
        cut("device ends within keyslots", 64 << 10, "keyslots area ends"),
        cut("device ends within header", 10_000, "device ends within it"));
  }
}
