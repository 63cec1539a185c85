package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The real AWS CLI against the server. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AwsCliTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Path directory;
  private TestServer server;

  private record Result(int status, String out, String err) {
    JsonNode json() throws IOException {
      assertThat(status).as(err).isZero();
      return JSON.readTree(out);
    }
  }

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    directory = temporary;
    assumeTrue(findsAws(), "the AWS CLI (aws) is not installed");
    server = TestServer.start(directory);
  }

  @AfterAll
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private static boolean findsAws() {
    for (String folder : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, "aws"))) {
        return true;
      }
    }
    return false;
  }

  private Result aws(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("aws", "kms"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--endpoint-url", server.uri().toString(), "--output", "json"));
    Path out = Files.createTempFile(directory, "aws", ".out");
    Path err = Files.createTempFile(directory, "aws", ".err");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().put("AWS_ACCESS_KEY_ID", server.accessKeyId());
    builder.environment().put("AWS_SECRET_ACCESS_KEY", server.secretAccessKey());
    builder.environment().put("AWS_DEFAULT_REGION", "us-east-1");
    builder.environment().put("AWS_MAX_ATTEMPTS", "1");
    builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("aws ends").isTrue();
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  @Test
  void cli_wholeLifeOfAKey_worksAsWithAws() throws Exception {
    String keyId =
        aws("create-key", "--description", "disk").json().at("/KeyMetadata/KeyId").textValue();
    assertThat(aws("create-alias", "--alias-name", "alias/disk", "--target-key-id", keyId).status())
        .isZero();
    assertThat(aws("describe-key", "--key-id", "alias/disk").json().at("/KeyMetadata/Description"))
        .hasToString("\"disk\"");
    Path plaintext = Files.writeString(directory.resolve("plain"), "the secret of a volume");
    Path blob = directory.resolve("blob");
    JsonNode encrypted =
        aws(
                "encrypt",
                "--key-id",
                "alias/disk",
                "--plaintext",
                "fileb://" + plaintext,
                "--encryption-context",
                "volume=data,host=a")
            .json();
    Files.write(blob, Base64.getDecoder().decode(encrypted.path("CiphertextBlob").textValue()));
    JsonNode decrypted =
        aws(
                "decrypt",
                "--ciphertext-blob",
                "fileb://" + blob,
                "--encryption-context",
                "host=a,volume=data")
            .json();
    assertThat(Base64.getDecoder().decode(decrypted.path("Plaintext").textValue()))
        .asString()
        .isEqualTo("the secret of a volume");
    Result wrong =
        aws("decrypt", "--ciphertext-blob", "fileb://" + blob, "--encryption-context", "volume=b");
    assertThat(wrong.status()).isNotZero();
    assertThat(wrong.err()).contains("InvalidCiphertextException");
    assertThat(aws("disable-key", "--key-id", keyId).status()).isZero();
    Result disabled =
        aws(
            "decrypt",
            "--ciphertext-blob",
            "fileb://" + blob,
            "--encryption-context",
            "host=a,volume=data");
    assertThat(disabled.err()).contains("DisabledException").contains("is disabled.");
    assertThat(aws("enable-key", "--key-id", keyId).status()).isZero();
    assertThat(aws("list-keys").json().path("Keys").findValuesAsText("KeyId")).contains(keyId);
    assertThat(aws("list-aliases").json().path("Aliases").findValuesAsText("AliasName"))
        .contains("alias/disk");
  }

  @Test
  void cli_generateDataKeyAndRandom_giveTheWantedLengths() throws Exception {
    String keyId = aws("create-key").json().at("/KeyMetadata/KeyId").textValue();
    JsonNode dataKey = aws("generate-data-key", "--key-id", keyId, "--key-spec", "AES_256").json();
    assertThat(Base64.getDecoder().decode(dataKey.path("Plaintext").textValue())).hasSize(32);
    JsonNode hidden =
        aws("generate-data-key-without-plaintext", "--key-id", keyId, "--number-of-bytes", "64")
            .json();
    assertThat(hidden.has("Plaintext")).isFalse();
    assertThat(hidden.path("KeyId").textValue()).endsWith(keyId);
    JsonNode random = aws("generate-random", "--number-of-bytes", "24").json();
    assertThat(Base64.getDecoder().decode(random.path("Plaintext").textValue())).hasSize(24);
  }

  @Test
  void cli_signWithUnsupportedKind_saysUnsupported() throws Exception {
    Result refused = aws("create-key", "--key-spec", "RSA_2048", "--key-usage", "SIGN_VERIFY");
    assertThat(refused.status()).isNotZero();
    assertThat(refused.err()).contains("UnsupportedOperationException");
  }
}
