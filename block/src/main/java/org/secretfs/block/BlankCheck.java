package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.secretfs.luks.Signatures;

/**
 * Whether a device was proven to hold nothing: every byte looked at is zero.
 *
 * <p>Up to 4 GiB, and every regular file, the whole device is looked at; of larger kernel devices
 * the first and last 64 MiB and 4096 evenly spaced samples of 64 KiB. A device full of 0xFF bytes
 * is not blank: nothing tells an erased flash from data. Holes of a file are not read: they are
 * zeroes by the word of its file system, and what is not a hole is read.
 *
 * @param firstNonZeroBytes where the first byte found that is not zero lies; empty if blank
 * @param signature what was recognised, as in {@code "xfs (at 0)"}; may be present only if not
 *     blank
 */
public record BlankCheck(OptionalLong firstNonZeroBytes, Optional<String> signature) {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final ByteBuffer ZEROES =
      ByteBuffer.allocateDirect(CHUNK_BYTES).asReadOnlyBuffer();

  /** Whether every byte looked at is zero. */
  public boolean isBlank() {
    return firstNonZeroBytes.isEmpty();
  }

  /** Looks at {@code device}; costs up to one read of 4 GiB, or of the whole of a regular file. */
  public static BlankCheck of(FileBlockDevice device) throws IOException {
    return of(device, device.isKernelDevice());
  }

  /**
   * Looks at what lies behind the first bytes of {@code device}, and for anything recognised
   * anywhere on it but LUKS.
   *
   * @param fromBytes where to begin; what is before may be anything that is not recognised
   */
  static BlankCheck beyond(BlockDevice device, boolean samplesAllowed, long fromBytes)
      throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    Optional<String> foreign = signature(device, found -> !found.name().contains("LUKS"));
    if (foreign.isPresent()) {
      return new BlankCheck(OptionalLong.of(0), foreign);
    }
    for (BlankPlan.Range range : BlankPlan.of(device.sizeBytes(), samplesAllowed)) {
      long begin = Math.max(range.beginBytes(), fromBytes);
      OptionalLong found =
          firstNonZero(device, new BlankPlan.Range(begin, range.endBytes()), chunk);
      if (found.isPresent()) {
        return new BlankCheck(found, Optional.empty());
      }
    }
    return new BlankCheck(OptionalLong.empty(), Optional.empty());
  }

  /** Looks at {@code device}, in samples only if that is allowed and it is large. */
  static BlankCheck of(BlockDevice device, boolean samplesAllowed) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    for (BlankPlan.Range range : BlankPlan.of(device.sizeBytes(), samplesAllowed)) {
      OptionalLong found = firstNonZero(device, range, chunk);
      if (found.isPresent()) {
        return new BlankCheck(found, signature(device, any -> true));
      }
    }
    return new BlankCheck(OptionalLong.empty(), Optional.empty());
  }

  private static OptionalLong firstNonZero(
      BlockDevice device, BlankPlan.Range range, ByteBuffer chunk) throws IOException {
    Scan scan = new Scan(device, range.beginBytes(), chunk);
    if (range.beginBytes() < range.endBytes()) {
      device.extents(range.beginBytes(), range.endBytes() - range.beginBytes(), scan);
      requireWhole(range, scan);
    }
    return scan.found;
  }

  /** Extents that do not add up to the range prove nothing of what lies behind them. */
  private static void requireWhole(BlankPlan.Range range, Scan scan) throws IOException {
    if (scan.found.isEmpty() && scan.position != range.endBytes()) {
      throw new IOException(
          "the extents told of bytes %d to %d end at %d"
              .formatted(range.beginBytes(), range.endBytes(), scan.position));
    }
  }

  /** Reads the parts of a range that are not known to be zero, until a byte is not. */
  private static final class Scan implements BlockDevice.ExtentListener {
    private final BlockDevice device;
    private final ByteBuffer chunk;
    private long position;
    private OptionalLong found = OptionalLong.empty();

    Scan(BlockDevice device, long beginBytes, ByteBuffer chunk) {
      this.device = device;
      this.position = beginBytes;
      this.chunk = chunk;
    }

    @Override
    public boolean extent(long lengthBytes, boolean hole, boolean zero) throws IOException {
      if (!zero) {
        found = firstNonZero(device, position, position + lengthBytes, chunk);
      }
      position += lengthBytes;
      return found.isEmpty();
    }
  }

  private static OptionalLong firstNonZero(
      BlockDevice device, long beginBytes, long endBytes, ByteBuffer chunk) throws IOException {
    for (long at = beginBytes; at < endBytes; at += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, endBytes - at);
      device.read(chunk.clear().limit(length), at);
      int mismatch = chunk.flip().mismatch(ZEROES.slice(0, length));
      if (mismatch >= 0) {
        return OptionalLong.of(at + mismatch);
      }
    }
    return OptionalLong.empty();
  }

  private static Optional<String> signature(BlockDevice device, Predicate<Signatures.Found> wanted)
      throws IOException {
    Signatures.Source source =
        new Signatures.Source() {
          @Override
          public long sizeBytes() {
            return device.sizeBytes();
          }

          @Override
          public void read(ByteBuffer target, long offsetBytes) throws IOException {
            device.read(target, offsetBytes);
          }
        };
    List<Signatures.Found> found = Signatures.find(source);
    return found.stream().filter(wanted).findFirst().map(Signatures.Found::toString);
  }
}
