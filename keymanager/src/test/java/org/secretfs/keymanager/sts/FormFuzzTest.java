package org.secretfs.keymanager.sts;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Set;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Whatever a form is: it is read or refused, and nothing else happens. */
class FormFuzzTest {
  @FuzzTest(maxDuration = "3m")
  void parse_anyBytes_refusesOrReads(byte[] bytes) {
    assertThat(StsService.operationName(bytes)).matches("[A-Za-z]{1,64}");
    try {
      Form form = Form.parse(new String(bytes, ISO_8859_1));
      form.requireKnown(Set.of("RoleArn", "DurationSeconds"));
      assertThat(form.seconds("DurationSeconds", 900, 3600, 900)).isBetween(900, 3600);
      assertThat(form.required("RoleArn", 20, 2048, "[\\x21-\\x7e]*")).hasSizeBetween(20, 2048);
    } catch (Refused e) {
      assertThat(e.error().type()).endsWith("Exception");
    }
  }
}
