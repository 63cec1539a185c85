package org.secretfs.crypto;

import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Rules for the key of an XTS cipher: two AES keys of the same length, data key first.
 *
 * <p>Equal halves are refused where a key is made: they weaken XTS, and FIPS 140 forbids them. They
 * are accepted where a volume is opened, because Linux and cryptsetup accept them: refusing would
 * only keep the owner from data that is there. A new key is random, so the rule costs nothing.
 *
 * @spec https://csrc.nist.gov/publications/detail/fips/140/3/final FIPS 140-3 IG C.I
 */
public final class XtsKey {
  /** Bytes of an AES-128-XTS key. */
  public static final int AES_128_BYTES = 32;

  /** Bytes of an AES-256-XTS key. */
  public static final int AES_256_BYTES = 64;

  private XtsKey() {}

  /**
   * Returns a new random key with different halves.
   *
   * @param lengthBytes 32 or 64
   */
  public static SecretBuffer random(int lengthBytes) {
    requireLength(lengthBytes);
    while (true) {
      SecretBuffer key = SecretBuffer.random(lengthBytes);
      if (!hasEqualHalves(key)) {
        return key;
      }
      key.close();
    }
  }

  /** Whether both halves are the same; takes the same time wherever they differ. */
  public static boolean hasEqualHalves(SecretBuffer key) {
    int half = key.length() / 2;
    try (SecretBuffer first = key.slice(0, half);
        SecretBuffer second = key.slice(half, half)) {
      return first.equalsSecret(second);
    }
  }

  static void requireLength(int lengthBytes) {
    if (lengthBytes != AES_128_BYTES && lengthBytes != AES_256_BYTES) {
      throw new IllegalArgumentException(
          "AES-XTS key of %d bytes: must be 32 or 64".formatted(lengthBytes));
    }
  }
}
