package org.secretfs.proxy;

import java.io.IOException;
import org.secretfs.block.BlockDevice;

/** Opens backings, and keeps other processes off them. */
public interface Backings {
  /**
   * Opens a backing.
   *
   * @param make whether a file that is missing may be made, where its specification has a size
   * @return a device that the caller closes
   * @throws IOException if it is not there or cannot be reached
   */
  BlockDevice open(BackingSpec backing, boolean readOnly, boolean make) throws IOException;

  /**
   * Takes the locks on the backing of an export and on its header: shared if it is read-only.
   *
   * @throws ProxyException with {@link ProxyError#BACKING_IN_USE} if another process, or another
   *     export of this one, has it
   */
  Locks lock(ExportSpec export) throws IOException, ProxyException;

  /** The largest encryption sector that the backing is known to write at once. */
  int safeSectorSize(BackingSpec backing) throws IOException;

  /** Locks held; closing gives them back. */
  @FunctionalInterface
  interface Locks extends AutoCloseable {
    @Override
    void close();
  }
}
