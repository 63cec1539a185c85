package org.secretfs.luks;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * Where a LUKS header lives: the few operations that the format needs of a file or a block device.
 *
 * <p>A position outside the storage is an {@link IllegalArgumentException}. Whoever opens one
 * closes it. Safe for use by several threads.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §2 LUKS2 On-Disk Format
 */
public interface LuksStorage extends Closeable {
  /** The size in bytes. */
  long sizeBytes();

  /** Fills {@code target} from its position to its limit, starting at {@code offsetBytes}. */
  void read(ByteBuffer target, long offsetBytes) throws IOException;

  /** Writes {@code source} from its position to its limit, starting at {@code offsetBytes}. */
  void write(ByteBuffer source, long offsetBytes) throws IOException;

  /** Makes everything written before durable; a barrier between writes before and after. */
  void sync() throws IOException;

  /**
   * Takes the lock under which cryptsetup reads or updates the header.
   *
   * @throws LuksException.HeaderBusy if another program keeps it for too long
   */
  Lock lock(LockMode mode) throws IOException, LuksException;

  /**
   * Takes the lock that says that a volume is being re-encrypted, as cryptsetup does; does not
   * wait. Storages of which no other program knows need none.
   *
   * @throws LuksException.HeaderBusy if another program holds it
   */
  default Lock lockReencryption(UUID uuid) throws IOException, LuksException {
    return () -> {};
  }

  /** How a header is locked. */
  enum LockMode {
    /** For reading: others may read too. */
    SHARED,
    /** For updating: nobody else may read or update. */
    EXCLUSIVE
  }

  /** A lock held; closing gives it back. */
  @FunctionalInterface
  interface Lock extends Closeable {}
}
