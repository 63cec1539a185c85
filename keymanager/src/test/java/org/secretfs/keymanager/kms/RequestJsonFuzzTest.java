package org.secretfs.keymanager.kms;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Whatever a body is: it is read or refused, and nothing else happens. */
class RequestJsonFuzzTest {
  @FuzzTest(maxDuration = "3m")
  void parse_anyBytes_refusesOrReads(byte[] bytes) throws Exception {
    try {
      Params params = new Params(RequestJson.parse(bytes));
      assertThat(params.requiredText("KeyId", 1, 2048)).hasSizeBetween(1, 2048);
      assertThat(EncryptionContext.read(params, "EncryptionContext").pairs()).isNotNull();
      assertThat(params.requiredBlob("CiphertextBlob", 1, 6144)).hasSizeBetween(1, 6144);
      Tags.read(params, "Tags");
      Page.read(params, 1, 1000);
    } catch (Refused e) {
      assertThat(e.error().type()).endsWith("Exception");
    }
  }
}
