package org.secretfs.nbd.server;

import org.secretfs.nbd.protocol.Nbd;

/**
 * What requests must be multiples of.
 *
 * @param minimumBytes a power of two, 1 to 65536: offsets and lengths are multiples of it
 * @param preferredBytes a power of two, at least 512 and the minimum: what is served best
 * @param mostPayloadBytes the longest read or write: the preferred size to 64 MiB
 * @spec NBD doc/proto.md, "Size constraints"
 */
public record BlockSizes(int minimumBytes, int preferredBytes, int mostPayloadBytes) {
  private static final int MOST_MINIMUM_BYTES = 65_536;
  private static final int MOST_PAYLOAD_BYTES = 64 << 20;
  private static final int LEAST_PREFERRED_BYTES = 512;

  /** What a client may assume that asks for nothing. */
  public static final BlockSizes DEFAULT = new BlockSizes(1, 4096, Nbd.DEFAULT_MOST_PAYLOAD_BYTES);

  public BlockSizes {
    if (Integer.bitCount(minimumBytes) != 1
        || minimumBytes > MOST_MINIMUM_BYTES
        || Integer.bitCount(preferredBytes) != 1
        || preferredBytes < Math.max(minimumBytes, LEAST_PREFERRED_BYTES)
        || mostPayloadBytes < preferredBytes
        || mostPayloadBytes > MOST_PAYLOAD_BYTES) {
      throw new IllegalArgumentException(
          "block sizes %d, %d, %d: must be powers of two up to 65536, at least 512 and the first,"
                  .formatted(minimumBytes, preferredBytes, mostPayloadBytes)
              + " and a maximum of at least the second and at most 64 MiB");
    }
  }

  /** Whether a client that knows nothing of sizes may break them. */
  boolean areStricterThanDefault() {
    return minimumBytes > LEAST_PREFERRED_BYTES
        || mostPayloadBytes < Nbd.DEFAULT_MOST_PAYLOAD_BYTES;
  }
}
