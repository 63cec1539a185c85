package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** What {@code doctor} says of this machine. */
class DoctorCommandTest {
  private final Cli cli = new Cli(Map.of());

  @Test
  void doctor_json_measuresEverySectorSizeAndChoosesOneCipherForEach() throws Exception {
    JsonNode report = cli.run("doctor", "--json", "--seconds", "0.05").json();
    for (int sectorSize : new int[] {512, 4096}) {
      assertThat(
              StreamSupport.stream(report.get("ciphers").spliterator(), false)
                  .filter(cipher -> cipher.get("sector_size").asInt() == sectorSize)
                  .filter(cipher -> cipher.get("chosen").asBoolean()))
          .singleElement()
          .satisfies(cipher -> assertThat(cipher.get("bytes_per_second").asLong()).isPositive());
    }
  }

  @Test
  void doctor_json_everyAttachmentThatIsNotAvailableSaysWhy() throws Exception {
    Cli.Result result = cli.run("doctor", "--json", "--seconds", "0.05");
    boolean any = false;
    for (JsonNode attachment : result.json().get("attachments")) {
      boolean available = attachment.get("available").asBoolean();
      any |= available;
      assertThat(attachment.has("unavailable")).isEqualTo(!available);
    }
    assertThat(result.status()).isEqualTo(any ? 0 : 5);
  }

  @Test
  void doctor_text_namesCiphersAttachmentsToolsMemoryAndSwap() {
    Cli.Result result = cli.run("doctor", "--seconds", "0.05");
    assertThat(result.out())
        .contains("aes-xts-plain64", "dm-crypt", "fuse", "cryptsetup", "memory of", "swap: ");
  }

  @Test
  void doctor_unknownOption_isAMistakeOfTheCommandLine() {
    Cli.Result result = cli.run("doctor", "--sekonds", "1");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("--sekonds").contains("--seconds");
  }
}
