package org.secretfs.keymanager.seal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

class ShamirTest {
  @Test
  void multiply_examplesOfFips197_areRight() {
    assertThat(Gf256.multiply(0x57, 0x83)).isEqualTo(0xc1);
    assertThat(Gf256.multiply(0x57, 0x13)).isEqualTo(0xfe);
  }

  @Test
  void inverse_everyElement_multipliesToOne() {
    for (int a = 1; a < 256; a++) {
      assertThat(Gf256.multiply(a, Gf256.inverse(a))).as("%d", a).isEqualTo(1);
    }
    assertThat(Gf256.inverse(0)).isZero();
  }

  @Test
  void combine_everyThresholdOfTheShares_givesTheSecret() {
    try (SecretBuffer secret = SecretBuffer.random(32)) {
      List<SecretBuffer> shares = Shamir.split(secret, 3, 5);
      for (int subset = 0; subset < 32; subset++) {
        if (Integer.bitCount(subset) == 3) {
          assertThat(combined(shares, subset, secret)).as("subset %d", subset).isTrue();
        }
      }
      shares.forEach(SecretBuffer::close);
    }
  }

  private static boolean combined(List<SecretBuffer> shares, int subset, SecretBuffer secret) {
    List<Integer> places = new ArrayList<>();
    List<SecretBuffer> values = new ArrayList<>();
    for (int i = 0; i < shares.size(); i++) {
      if ((subset >> i & 1) == 1) {
        places.add(i + 1);
        values.add(shares.get(i));
      }
    }
    try (SecretBuffer found = Shamir.combine(places, values)) {
      return found.equalsSecret(secret);
    }
  }

  /** With one share too few, each value of the secret fits: some last share leads to it. */
  @Test
  void combine_oneShareTooFew_fitsEverySecret() {
    try (SecretBuffer secret = SecretBuffer.takeFrom(new byte[] {42})) {
      List<SecretBuffer> shares = Shamir.split(secret, 3, 3);
      boolean[] reached = new boolean[256];
      for (int last = 0; last < 256; last++) {
        try (SecretBuffer guess = SecretBuffer.takeFrom(new byte[] {(byte) last});
            SecretBuffer found =
                Shamir.combine(List.of(1, 2, 3), List.of(shares.get(0), shares.get(1), guess))) {
          reached[Byte.toUnsignedInt(found.segment().get(ValueLayout.JAVA_BYTE, 0))] = true;
        }
      }
      assertThat(reached).doesNotContain(false);
      shares.forEach(SecretBuffer::close);
    }
  }

  /** Shares of the same secret are drawn anew: the same share hardly ever comes twice. */
  @Test
  void split_sameSecretOften_firstShareTakesEveryValue() {
    boolean[] seen = new boolean[256];
    try (SecretBuffer secret = SecretBuffer.takeFrom(new byte[64])) {
      for (int i = 0; i < 60; i++) {
        List<SecretBuffer> shares = Shamir.split(secret, 2, 2);
        for (int at = 0; at < 64; at++) {
          seen[Byte.toUnsignedInt(shares.get(0).segment().get(ValueLayout.JAVA_BYTE, at))] = true;
        }
        shares.forEach(SecretBuffer::close);
      }
    }
    // 3840 draws of 256 values: that one is missing has a chance of 256 e^-15.
    assertThat(seen).doesNotContain(false);
  }
}
