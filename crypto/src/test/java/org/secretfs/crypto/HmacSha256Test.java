package org.secretfs.crypto;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

class HmacSha256Test {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  void mac_rfc4231Cases_hold() {
    assertMac(
        "0b".repeat(20),
        "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assertMac(
        HEX.formatHex("Jefe".getBytes(US_ASCII)),
        "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    assertMac(
        "aa".repeat(131),
        "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  }

  private static void assertMac(String key, String message, String expected) {
    try (SecretBuffer secret = SecretBuffer.takeFrom(HEX.parseHex(key))) {
      byte[] bytes = message.getBytes(US_ASCII);
      assertThat(HEX.formatHex(HmacSha256.mac(secret, bytes))).isEqualTo(expected);
      assertThat(HmacSha256.verify(secret, HEX.parseHex(expected), bytes)).isTrue();
      assertThat(HmacSha256.verify(secret, new byte[32], bytes)).isFalse();
    }
  }

  @Test
  void mac_parts_areJoined() {
    try (SecretBuffer key = SecretBuffer.random(32)) {
      byte[] whole = HmacSha256.mac(key, new byte[] {1, 2, 3});
      assertThat(HmacSha256.mac(key, new byte[] {1}, new byte[0], new byte[] {2, 3}))
          .isEqualTo(whole);
      try (SecretBuffer secret = HmacSha256.macToSecret(key, new byte[] {1, 2, 3});
          SecretBuffer expected = SecretBuffer.takeFrom(whole)) {
        assertThat(secret.equalsSecret(expected)).isTrue();
      }
    }
  }
}
