package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.identity.TotpCodes;

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
    return run(
        Map.of(
            "AWS_ACCESS_KEY_ID",
            server.accessKeyId(),
            "AWS_SECRET_ACCESS_KEY",
            server.secretAccessKey()),
        "kms",
        arguments);
  }

  private Result run(Map<String, String> credentials, String service, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of("aws", service));
    command.addAll(List.of(arguments));
    command.addAll(List.of("--endpoint-url", server.uri().toString(), "--output", "json"));
    Path out = Files.createTempFile(directory, "aws", ".out");
    Path err = Files.createTempFile(directory, "aws", ".err");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(credentials);
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
  void cli_keyOfAnOutsideStore_saysUnsupported() throws Exception {
    Result refused = aws("create-key", "--origin", "EXTERNAL_KEY_STORE");
    assertThat(refused.status()).isNotZero();
    assertThat(refused.err()).contains("UnsupportedOperationException");
    assertThat(aws("describe-custom-key-stores").err()).contains("UnsupportedOperationException");
  }

  @Test
  void cli_signAndVerify_agree() throws Exception {
    String key =
        aws("create-key", "--key-spec", "RSA_2048", "--key-usage", "SIGN_VERIFY")
            .json()
            .at("/KeyMetadata/KeyId")
            .textValue();
    Path message = Files.writeString(directory.resolve("message"), "a message");
    String[] what = {
      "--key-id",
      key,
      "--message",
      "fileb://" + message,
      "--signing-algorithm",
      "RSASSA_PSS_SHA_256"
    };
    List<String> sign = new ArrayList<>(List.of("sign"));
    sign.addAll(List.of(what));
    String signature = aws(sign.toArray(new String[0])).json().path("Signature").textValue();
    Path file = Files.write(directory.resolve("sig"), Base64.getDecoder().decode(signature));
    List<String> verify = new ArrayList<>(List.of("verify", "--signature", "fileb://" + file));
    verify.addAll(List.of(what));
    assertThat(aws(verify.toArray(new String[0])).json().path("SignatureValid").booleanValue())
        .isTrue();
  }

  private static Map<String, String> session(JsonNode answer) {
    JsonNode made = answer.path("Credentials");
    return Map.of(
        "AWS_ACCESS_KEY_ID",
        made.path("AccessKeyId").textValue(),
        "AWS_SECRET_ACCESS_KEY",
        made.path("SecretAccessKey").textValue(),
        "AWS_SESSION_TOKEN",
        made.path("SessionToken").textValue());
  }

  @Test
  void cli_grantToARoleThatIsAssumed_letsItsSessionUseTheKey() throws Exception {
    Map<String, String> alice;
    try (Administration administration = server.administration();
        AccessKey key = administration.provisionUser("alice", List.of())) {
      administration.createRole(
          "boot",
          """
          {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{"AWS":"arn:aws:iam::000000000000:user/alice"}}}
          """,
          3600);
      alice = Map.of("AWS_ACCESS_KEY_ID", key.id(), "AWS_SECRET_ACCESS_KEY", TestServer.text(key));
    }
    String keyId = aws("create-key").json().at("/KeyMetadata/KeyId").textValue();
    String role = "arn:aws:iam::000000000000:role/boot";
    JsonNode grant =
        aws(
                "create-grant",
                "--key-id",
                keyId,
                "--grantee-principal",
                role,
                "--operations",
                "GenerateDataKey",
                "--constraints",
                "EncryptionContextSubset={volume=data}")
            .json();
    assertThat(aws("list-grants", "--key-id", keyId).json().at("/Grants/0/GrantId"))
        .isEqualTo(grant.path("GrantId"));
    assertThat(run(alice, "sts", "get-caller-identity").json().path("Arn").textValue())
        .isEqualTo("arn:aws:iam::000000000000:user/alice");
    Map<String, String> session =
        session(
            run(alice, "sts", "assume-role", "--role-arn", role, "--role-session-name", "night")
                .json());
    String[] generate = {
      "generate-data-key", "--key-id", keyId, "--key-spec", "AES_256", "--encryption-context"
    };
    assertThat(run(session, "kms", with(generate, "volume=data,a=b")).json().has("Plaintext"))
        .isTrue();
    Result denied = run(session, "kms", with(generate, "volume=other"));
    assertThat(denied.err())
        .contains("AccessDeniedException")
        .contains("arn:aws:sts::000000000000:assumed-role/boot/night is not authorized to perform");
  }

  private static String[] with(String[] arguments, String last) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add(last);
    return all.toArray(new String[0]);
  }

  @Test
  void cli_sessionTokenWithSecondFactor_isGivenAndWorks() throws Exception {
    Map<String, String> carol;
    String code;
    try (Administration administration = server.administration();
        AccessKey key = administration.provisionUser("carol", List.of("KeyUser"));
        SecretBuffer totp = administration.enableTotp("carol")) {
      carol = Map.of("AWS_ACCESS_KEY_ID", key.id(), "AWS_SECRET_ACCESS_KEY", TestServer.text(key));
      code = TotpCodes.code(totp, Instant.now());
    }
    JsonNode made =
        run(
                carol,
                "sts",
                "get-session-token",
                "--serial-number",
                "arn:aws:iam::000000000000:mfa/carol",
                "--token-code",
                code)
            .json();
    assertThat(
            run(session(made), "kms", "generate-random", "--number-of-bytes", "8")
                .json()
                .has("Plaintext"))
        .isTrue();
  }
}
