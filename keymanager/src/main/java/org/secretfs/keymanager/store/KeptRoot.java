package org.secretfs.keymanager.store;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.seal.SealedRoot;

/** A root key as it was found: in clear, or sealed. Whoever holds one closes it. */
public final class KeptRoot implements AutoCloseable {
  private final @Nullable RootKey clear;
  private final @Nullable SealedRoot sealed;

  private KeptRoot(@Nullable RootKey clear, @Nullable SealedRoot sealed) {
    this.clear = clear;
    this.sealed = sealed;
  }

  /**
   * Reads a root key's file; the caller closes what it gets.
   *
   * @throws KeyManagerException.RootKey if it is missing, not of a known form, or open to others
   */
  public static KeptRoot read(Path file) throws KeyManagerException {
    return new RootFile(file).read();
  }

  static KeptRoot clear(RootKey root) {
    return new KeptRoot(root, null);
  }

  static KeptRoot sealed(SealedRoot root) {
    return new KeptRoot(null, root);
  }

  /** The key, if it is kept in clear; valid until this is closed. */
  public Optional<RootKey> clear() {
    return Optional.ofNullable(clear);
  }

  /** The sealed key; empty if it is kept in clear. */
  public Optional<SealedRoot> sealed() {
    return Optional.ofNullable(sealed);
  }

  String id() {
    return sealed != null ? sealed.rootId() : clear().orElseThrow().id();
  }

  @Override
  public void close() {
    if (clear != null) {
      clear.close();
    }
  }
}
