package org.secretfs.keymanager.seal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Secret sharing: each byte of the secret is the value at 0 of a random polynomial, whose values at
 * 1, 2, … are the shares. Any {@code threshold} of them give the polynomial; fewer fit every secret
 * equally well.
 *
 * <p>Restriction: says nothing about whether a share is right. What the shares combine to must be
 * proven otherwise.
 *
 * @spec https://doi.org/10.1145/359168.359176 A. Shamir, How to share a secret
 */
final class Shamir {
  private Shamir() {}

  /** The values at 1 to {@code count}, which the caller closes. */
  static List<SecretBuffer> split(SecretBuffer secret, int threshold, int count) {
    List<SecretBuffer> shares = new ArrayList<>();
    int length = secret.length();
    // The coefficients of x, x², …, each as long as the secret.
    try (SecretBuffer coefficients = SecretBuffer.random(length * Math.max(1, threshold - 1))) {
      for (int x = 1; x <= count; x++) {
        SecretBuffer share = SecretBuffer.allocate(length);
        shares.add(share);
        for (int i = 0; i < length; i++) {
          int value = 0;
          for (int degree = threshold - 1; degree >= 1; degree--) {
            value = Gf256.multiply(value, x) ^ at(coefficients, (degree - 1) * length + i);
          }
          put(share, i, Gf256.multiply(value, x) ^ at(secret, i));
        }
      }
    }
    return shares;
  }

  /**
   * The value at 0 of the polynomials that have these values.
   *
   * @param places where, each once, none 0
   * @return the caller closes it
   */
  static SecretBuffer combine(List<Integer> places, List<SecretBuffer> values) {
    SecretBuffer secret = SecretBuffer.allocate(values.getFirst().length());
    for (int share = 0; share < places.size(); share++) {
      int weight = weight(places, places.get(share));
      SecretBuffer value = values.get(share);
      for (int i = 0; i < secret.length(); i++) {
        put(secret, i, at(secret, i) ^ Gf256.multiply(weight, at(value, i)));
      }
    }
    return secret;
  }

  /** Lagrange's basis polynomial of {@code place} at 0. */
  private static int weight(List<Integer> places, int place) {
    int weight = 1;
    for (int other : places) {
      if (other != place) {
        weight = Gf256.multiply(weight, Gf256.multiply(other, Gf256.inverse(other ^ place)));
      }
    }
    return weight;
  }

  private static int at(SecretBuffer secret, int offset) {
    return Byte.toUnsignedInt(secret.segment().get(ValueLayout.JAVA_BYTE, offset));
  }

  private static void put(SecretBuffer secret, int offset, int value) {
    MemorySegment bytes = secret.segment();
    bytes.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
  }
}
