package org.secretfs.cli.luks;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.secretfs.failure.OptionException;
import org.secretfs.luks.FormatOptions;
import picocli.CommandLine.Option;

/** How much room a new header has, and where the data begins behind it. */
final class HeaderSizes {
  private static final int UNIT_BYTES = 512;
  private static final long DEFAULT_METADATA_BYTES = 16 << 10;

  @Option(
      names = "--luks2-metadata-size",
      paramLabel = "BYTES",
      description = "One copy of the header: 16k, 32k … 4m (default: 16k).")
  private @Nullable String metadataSize;

  @Option(
      names = "--luks2-keyslots-size",
      paramLabel = "BYTES",
      description = "Room for keyslots, a multiple of 4k up to 128m (default: up to the data).")
  private @Nullable String keyslotsSize;

  @Option(
      names = {"-o", "--offset"},
      paramLabel = "SECTORS",
      description =
          "Where the data begins, in units of 512 bytes (default: 32768; half of"
              + " --reduce-device-size where there is one).")
  private @Nullable Long offsetSectors;

  @Option(
      names = "--align-payload",
      paramLabel = "SECTORS",
      description = "Where the data begins is a multiple of so many units of 512 bytes.")
  private @Nullable Long alignSectors;

  /** Whether any of them was given. */
  boolean isGiven() {
    return hasLuks2Sizes() || offsetSectors != null || alignSectors != null;
  }

  /** Whether one was given that LUKS1 does not have. */
  boolean hasLuks2Sizes() {
    return metadataSize != null || keyslotsSize != null;
  }

  long metadataBytes() {
    return metadataSize == null ? DEFAULT_METADATA_BYTES : Bytes.parse(metadataSize);
  }

  /** Empty for all that is left before the data. */
  OptionalLong keyslotsBytes() {
    return keyslotsSize == null ? OptionalLong.empty() : OptionalLong.of(Bytes.parse(keyslotsSize));
  }

  /** Where the data is to begin, if that was said. */
  OptionalLong offsetBytes() {
    return bytesOf(offsetSectors);
  }

  /** What the data's beginning is to be a multiple of, if that was said; at least 512. */
  OptionalLong alignmentBytes() {
    return bytesOf(alignSectors == null ? null : Long.valueOf(Math.max(1, alignSectors)));
  }

  private static OptionalLong bytesOf(@Nullable Long sectors) {
    if (sectors == null) {
      return OptionalLong.empty();
    }
    if (sectors < 0 || sectors > Long.MAX_VALUE / UNIT_BYTES) {
      throw new OptionException(
          "%d sectors: must be 0 to %d".formatted(sectors, Long.MAX_VALUE / UNIT_BYTES));
    }
    return OptionalLong.of(sectors * UNIT_BYTES);
  }

  /** Gives the new header this much room. */
  void apply(FormatOptions.Builder format) {
    format.metadataSizeBytes((int) Math.min(metadataBytes(), Integer.MAX_VALUE));
    if (keyslotsSize != null) {
      format.keyslotsSizeBytes(Bytes.parse(keyslotsSize));
    }
  }

  /** Refuses a beginning of the data that is none of those wanted. */
  void requireAligned(long offsetBytes) {
    long alignment = alignmentBytes().orElse(1);
    if (offsetBytes % alignment != 0) {
      throw new OptionException(
          "--align-payload: the data would begin at byte %d, no multiple of %d"
              .formatted(offsetBytes, alignment));
    }
  }
}
