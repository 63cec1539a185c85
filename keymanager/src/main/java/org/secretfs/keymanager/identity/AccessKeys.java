package org.secretfs.keymanager.identity;

import java.util.Arrays;
import java.util.Base64;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;

/** Ids and secrets of access keys. */
public final class AccessKeys {
  /** What the ids of keys that last begin with. */
  public static final String LASTING = "AKIA";

  /** What the ids of temporary keys begin with. */
  public static final String TEMPORARY = "ASIA";

  private static final String ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int ID_RANDOM_CHARS = 16;
  private static final int SECRET_RANDOM_BYTES = 30;

  private AccessKeys() {}

  /** A new id: 20 capital letters and digits. */
  public static String newId(String prefix) {
    StringBuilder id = new StringBuilder(prefix);
    for (byte b : KernelRandom.bytes(ID_RANDOM_CHARS)) {
      id.append(ID_ALPHABET.charAt(b & 31));
    }
    return id.toString();
  }

  /** A new secret: 40 ASCII characters, which the caller closes. */
  public static SecretBuffer newSecret() {
    try (SecretBuffer random = SecretBuffer.random(SECRET_RANDOM_BYTES)) {
      return asSecret(random);
    }
  }

  /** The form of a secret that clients take: of its first 30 bytes, 40 ASCII characters. */
  @BorrowsSecret(because = "Base64 encodes arrays")
  static SecretBuffer asSecret(SecretBuffer bytes) {
    byte[] text =
        bytes.borrow(raw -> {
          byte[] first = Arrays.copyOf(raw, SECRET_RANDOM_BYTES);
          try {
            return Base64.getEncoder().encode(first);
          } finally {
            Arrays.fill(first, (byte) 0);
          }
        });
    return SecretBuffer.takeFrom(text);
  }
}
