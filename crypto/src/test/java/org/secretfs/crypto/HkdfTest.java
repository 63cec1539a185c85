package org.secretfs.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

class HkdfTest {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  void derive_rfc5869Cases1And3_hold() {
    assertDerives(
        "000102030405060708090a0b0c",
        "f0f1f2f3f4f5f6f7f8f9",
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    assertDerives(
        "",
        "",
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  }

  private static void assertDerives(String salt, String info, String expected) {
    byte[] output = HEX.parseHex(expected);
    int length = output.length;
    try (SecretBuffer key = SecretBuffer.takeFrom(HEX.parseHex("0b".repeat(22)));
        SecretBuffer wanted = SecretBuffer.takeFrom(output);
        SecretBuffer derived = Hkdf.derive(key, HEX.parseHex(salt), HEX.parseHex(info), length)) {
      assertThat(derived.equalsSecret(wanted)).isTrue();
    }
  }

  @Test
  void derive_lengthOutOfRange_isRefused() {
    try (SecretBuffer key = SecretBuffer.random(32)) {
      for (int length : new int[] {0, -1, Hkdf.MAX_LENGTH_BYTES + 1}) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> Hkdf.derive(key, new byte[0], new byte[0], length));
      }
      Hkdf.derive(key, new byte[0], new byte[0], Hkdf.MAX_LENGTH_BYTES).close();
    }
  }
}
