package org.secretfs.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;

class CipherSpecTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "aes-xts-plain64",
        "aes-xts-plain",
        "twofish-xts-plain64",
        "serpent-xts-plain64",
        "camellia-xts-plain64",
        "aes-cbc-essiv:sha256",
        "aes-cbc-plain64",
        "aes-cbc-plain",
        "serpent-cbc-essiv:sha256",
        "camellia-cbc-plain64",
        "twofish-cbc-plain"
      })
  void parse_nameOfDmCrypt_givesItBack(String name) throws Exception {
    CipherSpec spec = CipherSpec.parse(name);
    assertThat(spec.dmCryptName()).isEqualTo(name);
    assertThat(spec.algorithmName() + "-" + spec.modeName()).isEqualTo(name);
  }

  @Test
  void all_everyCipher_hasANameOfItsOwnThatIsParsed() throws Exception {
    assertThat(CipherSpec.all()).hasSize(20).doesNotHaveDuplicates();
    for (CipherSpec spec : CipherSpec.all()) {
      assertThat(CipherSpec.parse(spec.dmCryptName())).isEqualTo(spec);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cipher_null-ecb", "cipher_null", "null", "cipher_null-cbc-plain64"})
  void parse_nullCipher_isRefusedAsOne(String name) {
    assertThatThrownBy(() -> CipherSpec.parse(name))
        .isInstanceOf(CryptoException.NotSupported.class)
        .hasMessageContaining("encrypts nothing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "aes",
        "AES-XTS-PLAIN64",
        "aes-xts-plain64 ",
        "aes-xts-essiv:sha256",
        "aes-lrw-benbi",
        "aes-ecb",
        "aes-cbc-essiv:sha1",
        "des3_ede-cbc-plain",
        "capi:xts(aes)-plain64",
        "aes-xts-plain64\u001b[31m"
      })
  void parse_anotherName_isRefusedInPrintableTextThatNamesWhatIsThere(String name) {
    assertThatThrownBy(() -> CipherSpec.parse(name))
        .isInstanceOf(CryptoException.NotSupported.class)
        .hasMessageContaining("twofish")
        .hasMessageContaining("cbc-essiv:sha256")
        .hasMessageNotContaining("\u001b");
  }

  @Test
  void keySizes_ofModes_areThoseOfDmCrypt() throws Exception {
    assertThat(CipherSpec.parse("twofish-xts-plain64").keySizesBytes()).containsExactly(32, 64);
    assertThat(CipherSpec.parse("aes-cbc-plain").keySizesBytes()).containsExactly(16, 24, 32);
  }

  @ParameterizedTest
  @MethodSource("org.secretfs.crypto.CipherSpec#all()")
  void of_keyOfAnotherLength_isRefused(CipherSpec spec) {
    for (int bytes : new int[] {1, 15, 31, 33, 48, 65, 128}) {
      try (SecretBuffer key = SecretBuffer.random(bytes)) {
        assertThatIllegalArgumentException().isThrownBy(() -> SectorCiphers.of(spec, key, 512));
      }
    }
  }
}
