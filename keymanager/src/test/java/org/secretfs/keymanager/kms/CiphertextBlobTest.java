package org.secretfs.keymanager.kms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;

class CiphertextBlobTest {
  private static final String KEY_ID = "01234567-89ab-cdef-0123-456789abcdef";
  private static final String ARN = "arn:aws:kms:us-east-1:123456789012:key/" + KEY_ID;
  private static final EncryptionContext CONTEXT =
      EncryptionContext.of(Map.of("volume", "data", "host", "a"));

  /** Made once by version 1; never made anew. It must decrypt for ever. */
  private static final String FROZEN =
      "53464b010123456789abcdef0123456789abcdef000000076465666768696a6b6c6d6e6f2e69b11c"
          + "1c8776f851107f8dac00189d4323c1037291042047aea3ebd77050";

  private static SecretBuffer material() {
    byte[] bytes = new byte[32];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    return SecretBuffer.takeFrom(bytes);
  }

  private static CiphertextBlob parsed(byte[] bytes) {
    return CiphertextBlob.parse(bytes).orElseThrow();
  }

  @Test
  void open_frozenSampleOfVersion1_givesItsPlaintext() throws Exception {
    CiphertextBlob blob = parsed(HexFormat.of().parseHex(FROZEN));
    assertThat(blob.keyId()).isEqualTo(KEY_ID);
    assertThat(blob.materialVersion()).isEqualTo(7);
    try (SecretBuffer material = material()) {
      assertThat(blob.open(material, ARN, CONTEXT)).asString(UTF_8).isEqualTo("frozen for ever");
    }
  }

  @Test
  void open_anotherArnContextVersionOrKey_isTampered() throws Exception {
    try (SecretBuffer material = material()) {
      byte[] bytes = CiphertextBlob.seal(material, KEY_ID, 1, ARN, CONTEXT, new byte[] {1});
      assertThat(parsed(bytes).open(material, ARN, CONTEXT)).containsExactly(1);
      assertTampered(material, bytes, ARN.replace("us-east-1", "eu-west-1"), CONTEXT);
      assertTampered(material, bytes, ARN, EncryptionContext.none());
      byte[] version = bytes.clone();
      version[CiphertextBlob.HEADER_BYTES - 1] = 2;
      assertTampered(material, version, ARN, CONTEXT);
      byte[] key = bytes.clone();
      key[5] ^= 1;
      assertTampered(material, key, ARN, CONTEXT);
    }
  }

  private static void assertTampered(
      SecretBuffer material, byte[] bytes, String arn, EncryptionContext context) {
    assertThatThrownBy(() -> parsed(bytes).open(material, arn, context))
        .isInstanceOf(CryptoException.Tampered.class);
  }

  @Test
  void seal_empty_isHeaderAndOverheadLong() {
    try (SecretBuffer material = material()) {
      assertThat(CiphertextBlob.seal(material, KEY_ID, 1, ARN, CONTEXT, new byte[0])).hasSize(52);
    }
  }

  @FuzzTest(maxDuration = "3m")
  void parse_anyBytes_neverOpens(byte[] bytes) {
    CiphertextBlob.parse(bytes)
        .ifPresent(blob -> {
          assertThat(blob.materialVersion()).isPositive();
          try (SecretBuffer material = material()) {
            assertThatThrownBy(() -> blob.open(material, ARN, EncryptionContext.none()))
                .isInstanceOf(CryptoException.Tampered.class);
          }
        });
  }
}
