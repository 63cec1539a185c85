package org.secretfs.keys;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.secretfs.crypto.memory.SecretBuffer;

/** A new secret and its wrapped form. Not a record: a record would print and hash the secret. */
final class DataKey implements AutoCloseable {
  private final SecretBuffer secret;
  private final byte[] wrapped;

  DataKey(SecretBuffer secret, byte[] wrapped) {
    this.secret = secret;
    this.wrapped = wrapped;
  }

  SecretBuffer secret() {
    return secret;
  }

  byte[] wrapped() {
    return wrapped;
  }

  /** Whether a reader that stops at the first line feed would cut the secret short. */
  boolean holdsLineFeed() {
    MemorySegment bytes = secret.segment();
    boolean found = false;
    for (long i = 0; i < bytes.byteSize(); i++) {
      found |= bytes.get(ValueLayout.JAVA_BYTE, i) == '\n';
    }
    return found;
  }

  @Override
  public void close() {
    secret.close();
  }
}
