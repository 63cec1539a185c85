package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A storage whose lock the caller holds already: taking it again would wait for ever. */
final class LockedStorage implements LuksStorage {
  private final LuksStorage storage;

  LockedStorage(LuksStorage storage) {
    this.storage = storage;
  }

  @Override
  public long sizeBytes() {
    return storage.sizeBytes();
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    storage.read(target, offsetBytes);
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    storage.write(source, offsetBytes);
  }

  @Override
  public void sync() throws IOException {
    storage.sync();
  }

  @Override
  public Lock lock(LockMode mode) {
    return () -> {};
  }

  /** Does nothing: the storage is its opener's. */
  @Override
  public void close() {}
}
