package org.secretfs.keys;

import java.lang.foreign.ValueLayout;
import org.secretfs.crypto.memory.SecretBuffer;

/** Copies of secrets for comparison in tests. */
final class Secrets {
  private Secrets() {}

  static byte[] bytes(SecretBuffer secret) {
    return secret.segment().toArray(ValueLayout.JAVA_BYTE);
  }

  /** Returns a copy of the secret and closes it. */
  static byte[] taken(SecretBuffer secret) {
    try (secret) {
      return bytes(secret);
    }
  }
}
