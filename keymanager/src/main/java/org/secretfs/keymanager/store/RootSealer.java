package org.secretfs.keymanager.store;

import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;

/** Makes of a root key what is kept of it. */
@FunctionalInterface
public interface RootSealer {
  /** Keeps it in clear, for development. */
  RootSealer CLEAR = RootKeyFile::text;

  /** The content of the root key's file; the caller wipes it. */
  byte[] seal(RootKey root) throws KeyManagerException;
}
