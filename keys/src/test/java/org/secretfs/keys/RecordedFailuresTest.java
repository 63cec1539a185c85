package org.secretfs.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every failure that was recorded from the real AWS KMS becomes an exception that says it. */
class RecordedFailuresTest {
  private static final String FILE = "aws-kms-recorded-responses.json";

  @TempDir Path folder;

  @BeforeEach
  void prepare() throws IOException {
    AwsCredentials.setInSystemProperties();
    Files.writeString(folder.resolve("secret"), "wrapped");
  }

  @Test
  void obtain_recordedFailures_keepCodeAndMessage() throws Exception {
    Map<String, JsonNode> failures = failures(new ObjectMapper().readTree(recorded().toFile()));
    assertThat(failures).hasSizeGreaterThan(10);
    for (JsonNode failure : failures.values()) {
      String code = failure.path("Error").path("Code").asText();
      String message = failure.path("Error").path("Message").asText();
      int status = failure.path("ResponseMetadata").path("HTTPStatusCode").asInt();
      KeySourceException said = said(status, code, message);
      assertThat(said).hasMessageContaining(code);
      assertThat(said).hasMessageContaining(Text.shown(message).replace("…", ""));
      assertThat(((KeySourceCode) said.code())).isEqualTo(AwsErrorCodes.of(code, status));
    }
  }

  private KeySourceException said(int status, String code, String message) throws Exception {
    String body = new ObjectMapper().writeValueAsString(Map.of("__type", code, "message", message));
    CallLimits once =
        new CallLimits(
            CallLimits.DEFAULT.connect(),
            CallLimits.DEFAULT.attempt(),
            CallLimits.DEFAULT.call(),
            1);
    try (FakeAws aws = new FakeAws(FakeAws.json(status, body));
        KeySource source =
            new KmsKeySource(
                aws.kms(once), new DirectoryStore(folder), "secret", CallObserver.NONE)) {
      VolumeId volume = new VolumeId("v");
      KeySourceException said =
          catchThrowableOfType(KeySourceException.class, () -> source.obtain(volume).close());
      assertThat(said).isNotNull();
      return said;
    }
  }

  /** One recorded failure for each code. */
  private static Map<String, JsonNode> failures(JsonNode all) {
    Map<String, JsonNode> failures = new TreeMap<>();
    for (JsonNode error : all.findParents("Error")) {
      failures.putIfAbsent(error.path("Error").path("Code").asText(), error);
    }
    return failures;
  }

  private static Path recorded() {
    Path named =
        Optional.ofNullable(System.getenv("SECRETFS_SHARED_DATA")).map(Path::of).orElse(null);
    Path at = Path.of("").toAbsolutePath();
    while (named == null && at != null) {
      Path candidate = at.resolve("shared/data");
      named = Files.isDirectory(candidate) ? candidate : null;
      at = at.getParent();
    }
    Assumptions.assumeTrue(named != null, "no folder shared/data beside the repository");
    Path file = named.resolve(FILE);
    Assumptions.assumeTrue(Files.exists(file), FILE + " is not in " + named);
    return file;
  }
}
