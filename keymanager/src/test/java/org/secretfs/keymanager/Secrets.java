package org.secretfs.keymanager;

import java.util.Arrays;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.keymanager.store.KeyStore;

/** Looks for secrets where they must not be. */
final class Secrets {
  private Secrets() {}

  /** The key material itself, to be looked for. */
  @BorrowsSecret(because = "the test searches files for it")
  static byte[] materialOf(KeyManagerConfig config, String keyId) throws Exception {
    try (KeyStore store = KeyStore.open(KeyManager.files(config))) {
      return store.withMaterial(keyId, 1, material -> material.borrow(byte[]::clone)).orElseThrow();
    }
  }

  static boolean contains(byte[] content, byte[] part) {
    for (int i = 0; i + part.length <= content.length; i++) {
      if (content[i] == part[0]
          && Arrays.equals(content, i, i + part.length, part, 0, part.length)) {
        return true;
      }
    }
    return false;
  }
}
