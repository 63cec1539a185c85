package org.secretfs.cli.policy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.cli.Main;
import org.secretfs.cli.output.Output;

/** {@code secretfs policy simulate}. */
class PolicyCommandTest {
  private static final String ALICE = "arn:aws:iam::000000000000:user/alice";

  @TempDir private Path directory;
  private Path own;
  private Path key;

  private record Result(int status, String out, String err) {
    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(out);
    }
  }

  @BeforeEach
  void write() throws IOException {
    own =
        Files.writeString(
            directory.resolve("own.json"),
            """
            {"Version":"2012-10-17","Statement":[
              {"Sid":"OwnVolume","Effect":"Allow","Action":"kms:Decrypt","Resource":"*",
               "Condition":{"StringEquals":{"kms:EncryptionContext:volume":"${aws:username}"}}},
              {"Sid":"NotFromOutside","Effect":"Deny","Action":"*","Resource":"*",
               "Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}
            """);
    key =
        Files.writeString(
            directory.resolve("key.json"),
            """
            {"Version":"2012-10-17","Statement":{"Effect":"Allow",
              "Principal":{"AWS":"arn:aws:iam::000000000000:root"},
              "Action":"kms:*","Resource":"*"}}
            """);
  }

  private Result simulate(String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "policy", "simulate", "--policy", own.toString(), "--key-policy", key.toString()));
    arguments.addAll(List.of("--principal", ALICE, "--action", "kms:Decrypt"));
    arguments.addAll(List.of(more));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Output output =
        new Output(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    int status = Main.run(output, arguments.toArray(new String[0]));
    return new Result(status, out.toString(UTF_8), err.toString(UTF_8));
  }

  @Test
  void simulate_conditionHolds_namesTheStatementThatAllows() throws Exception {
    Result result =
        simulate(
            "--json",
            "--context",
            "kms:EncryptionContext:volume=alice",
            "--context",
            "aws:SourceIp=10.0.0.7");
    assertThat(result.status()).as(result.toString()).isZero();
    assertThat(result.json().path("allowed").booleanValue()).isTrue();
    assertThat(result.json().at("/decided_by/source").textValue()).isEqualTo("IDENTITY_POLICY");
    assertThat(result.json().at("/decided_by/statement").textValue()).isEqualTo("OwnVolume");
  }

  @Test
  void simulate_denyApplies_namesTheStatementThatDenies() {
    Result result =
        simulate(
            "--context",
            "kms:EncryptionContext:volume=alice",
            "--context",
            "aws:SourceIp=192.168.0.7");
    assertThat(result.status()).as(result.toString()).isEqualTo(3);
    assertThat(result.out()).startsWith("denied by IDENTITY_POLICY").contains("#NotFromOutside");
  }

  @Test
  void simulate_nothingAllows_saysWhereItIsMissing() {
    Result result =
        simulate(
            "--context", "kms:EncryptionContext:volume=bob", "--context", "aws:SourceIp=10.0.0.7");
    assertThat(result.status()).as(result.toString()).isEqualTo(3);
    assertThat(result.out()).contains("no identity-based policy allows the kms:Decrypt action");
  }

  @Test
  void simulate_policyMalformed_saysWhereAndExitsWithTwo() throws Exception {
    Files.writeString(own, "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"kms:*\"}}");
    Result result = simulate();
    assertThat(result.status()).as(result.toString()).isEqualTo(2);
    assertThat(result.err()).contains("Statement[0] must have either Resource or NotResource");
  }

  @Test
  void simulate_principalIsNoArn_exitsWithTwo() {
    Result result = simulate("--context", "nothing");
    assertThat(result.status()).as(result.toString()).isEqualTo(2);
  }
}
