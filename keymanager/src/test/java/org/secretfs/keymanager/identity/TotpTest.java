package org.secretfs.keymanager.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.secretfs.crypto.memory.SecretBuffer;

/** The vectors of RFC 6238, appendix B, of which six digits are used. */
class TotpTest {
  @ParameterizedTest(name = "{0} s: {1}")
  @CsvSource({
    "59, 287082",
    "1111111109, 081804",
    "1111111111, 050471",
    "1234567890, 005924",
    "2000000000, 279037",
    "20000000000, 353130",
  })
  void code_publishedTime_isThePublishedCode(long seconds, String expected) {
    try (SecretBuffer key = SecretBuffer.takeFrom("12345678901234567890".getBytes(US_ASCII))) {
      assertThat(Totp.code(key, Instant.ofEpochSecond(seconds))).isEqualTo(expected);
    }
  }
}
