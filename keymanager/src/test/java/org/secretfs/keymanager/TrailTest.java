package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.delivery.TrailKey;
import org.secretfs.audit.delivery.TrailReport;
import org.secretfs.audit.delivery.TrailVerifier;
import org.secretfs.keymanager.s3.BucketDirectory;
import org.secretfs.keymanager.s3.BucketSettings;
import org.secretfs.keymanager.sigv4.SignedClient;
import org.secretfs.keymanager.trail.TrailSettings;

/** The real AWS CLI validates the trail that the server delivers, and finds what was changed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrailTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ARN = "arn:aws:cloudtrail:us-east-1:000000000000:trail/main";

  private final Instant begin = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private Path directory = Path.of("none");
  private Path bucket = Path.of("none");
  private List<TrailKey> keys = List.of();
  private TestServer server;

  /** What a program came to. */
  private record Result(int status, String out, String err) {}

  @BeforeAll
  void deliver(@TempDir Path temporary) throws Exception {
    directory = temporary;
    bucket = temporary.resolve("buckets/trail");
    assumeTrue(findsAws(), "the AWS CLI (aws) is not installed");
    server = TestServer.start(config(Duration.ofSeconds(4)), Clock.systemUTC());
    for (int i = 0; i < 3; i++) {
      try (SignedClient client = server.admin()) {
        assertThat(client.call("CreateKey", "{}").status()).isEqualTo(200);
        assertThat(client.call("ListKeys", "{}").status()).isEqualTo(200);
      }
      int logs = i + 1;
      await(() -> digested().size() >= logs);
    }
    await(() -> digests().size() >= 7);
    // From here on nothing is written while a file is changed and validated.
    server.close();
    server = TestServer.start(config(Duration.ofDays(1)), Clock.systemUTC());
    assertThat(digests()).hasSizeGreaterThanOrEqualTo(6);
    String end = Instant.now().plusSeconds(60).toString();
    JsonNode known =
        json("cloudtrail", "list-public-keys", "--start-time", begin.toString(), "--end-time", end);
    keys = TrailKey.readList(JSON.writeValueAsBytes(known));
  }

  private KeyManagerConfig config(Duration keyLifetime) {
    Duration digests = keyLifetime.toDays() > 0 ? Duration.ofHours(20) : Duration.ofSeconds(1);
    return KeyManagerConfig.below(directory)
        .withDelivery(
            new DeliverySettings(
                Optional.of(
                    new BucketSettings(directory.resolve("buckets"), List.of("trail", "other"))),
                Optional.of(
                    new TrailSettings(
                        "main", "trail", "", Duration.ofSeconds(1), digests, keyLifetime))));
  }

  private static boolean findsAws() {
    for (String folder : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, "aws"))) {
        return true;
      }
    }
    return false;
  }

  /** What is waited for. */
  @FunctionalInterface
  private interface Condition {
    boolean holds() throws IOException;
  }

  private static void await(Condition condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as("the trail is delivered").isLessThan(end);
      Thread.sleep(50);
    }
  }

  private List<String> files(String kind) throws IOException {
    if (!Files.isDirectory(bucket)) {
      return List.of();
    }
    return new BucketDirectory(bucket)
        .keys().stream().filter(key -> key.contains("/" + kind + "/")).toList();
  }

  private List<String> digests() throws IOException {
    return files("CloudTrail-Digest");
  }

  private List<String> logs() throws IOException {
    // The last ones were delivered after the last digest.
    return digested().stream().sorted().toList();
  }

  private List<String> digested() throws IOException {
    List<String> named = new ArrayList<>();
    for (String digest : digests()) {
      JSON.readTree(expanded(digest))
          .path("logFiles")
          .forEach(log -> named.add(log.path("s3Object").asText()));
    }
    return named;
  }

  @AfterAll
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  private Result aws(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("aws"));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(directory, "aws", ".out");
    Path err = Files.createTempFile(directory, "aws", ".err");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "AWS_ACCESS_KEY_ID", server.accessKeyId(),
                "AWS_SECRET_ACCESS_KEY", server.secretAccessKey(),
                "AWS_ENDPOINT_URL", server.uri().toString(),
                "AWS_DEFAULT_REGION", "us-east-1",
                "AWS_DEFAULT_OUTPUT", "json",
                "AWS_MAX_ATTEMPTS", "1",
                "AWS_EC2_METADATA_DISABLED", "true"));
    Process process = builder.start();
    assertThat(process.waitFor(90, TimeUnit.SECONDS)).as("aws ends").isTrue();
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private JsonNode json(String... arguments) throws Exception {
    Result result = aws(arguments);
    assertThat(result.status()).as(result.err()).isZero();
    return JSON.readTree(result.out());
  }

  private Result validate() throws Exception {
    return aws(
        "cloudtrail",
        "validate-logs",
        "--trail-arn",
        ARN,
        "--start-time",
        begin.minusSeconds(5).toString(),
        "--end-time",
        Instant.now().plusSeconds(5).truncatedTo(ChronoUnit.SECONDS).toString(),
        "--verbose");
  }

  private TrailReport verify() throws IOException {
    return TrailVerifier.verify(new BucketDirectory(bucket), keys);
  }

  private byte[] expanded(String key) throws IOException {
    byte[] compressed = Files.readAllBytes(bucket.resolve(key));
    try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed))) {
      return in.readAllBytes();
    }
  }

  private static byte[] compressed(String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }

  /** What both validators say while files have another content; an empty one is no file. */
  private void whileChanged(Map<String, byte[]> others, List<String> said) throws Exception {
    Map<String, byte[]> contents = new HashMap<>();
    for (Map.Entry<String, byte[]> other : others.entrySet()) {
      Path file = bucket.resolve(other.getKey());
      contents.put(other.getKey(), Files.readAllBytes(file));
      if (other.getValue().length == 0) {
        Files.delete(file);
      } else {
        Files.write(file, other.getValue());
      }
    }
    try {
      Result result = validate();
      assertThat(result.status()).as(result.out()).isEqualTo(1);
      assertThat(result.err()).contains(said);
      List<String> problems = verify().problems();
      for (String key : others.keySet()) {
        assertThat(problems).anyMatch(problem -> problem.contains(key));
      }
    } finally {
      for (Map.Entry<String, byte[]> content : contents.entrySet()) {
        Files.write(bucket.resolve(content.getKey()), content.getValue());
      }
    }
  }

  private String edited(String key, String from, String to) throws IOException {
    String text = new String(expanded(key), StandardCharsets.UTF_8);
    assertThat(text).contains(from);
    return text.replace(from, to);
  }

  @Test
  void validateLogs_untouchedTrailWithSeveralKeys_isValid() throws Exception {
    Result result = validate();
    assertThat(result.status()).as(result.err()).isZero();
    int count = digests().size();
    assertThat(result.out())
        .contains("%d/%d digest files valid".formatted(count, count))
        .contains("%d/%d log files valid".formatted(logs().size(), logs().size()));
    TrailReport report = verify();
    assertThat(report.problems()).isEmpty();
    assertThat(report.digests()).isEqualTo(count);
    assertThat(keys).as("keys rotated").hasSizeGreaterThan(1);
  }

  @Test
  void validateLogs_editedTruncatedAndDeletedLogs_areFound() throws Exception {
    List<String> logs = logs();
    String text = new String(expanded(logs.get(1)), StandardCharsets.UTF_8);
    String cut = text.substring(0, text.lastIndexOf("{\"eventVersion\"")) + "]}";
    whileChanged(
        Map.of(
            logs.get(0), compressed(edited(logs.get(0), "eventTime", "eventTimf")),
            logs.get(1), compressed(cut.replace(",]}", "]}")),
            logs.get(2), new byte[0]),
        List.of(
            logs.get(0) + "\tINVALID: hash value doesn't match",
            logs.get(1) + "\tINVALID: hash value doesn't match",
            logs.get(2) + "\tINVALID: not found"));
  }

  @Test
  void validateLogs_editedAndDeletedDigests_areFound() throws Exception {
    String edited = digests().get(1);
    String deleted = digests().get(3);
    whileChanged(
        Map.of(
            edited,
            compressed(edited(edited, "\"awsAccountId\":\"0", "\"awsAccountId\":\"1")),
            deleted,
            new byte[0]),
        List.of(
            edited + "\tINVALID: signature verification failed", deleted + "\tINVALID: not found"));
  }

  @Test
  @Tag("long")
  void s3_cpLsRmAndConditionalPut_workWithTheCli() throws Exception {
    Path file = Files.writeString(directory.resolve("wrapped"), "a wrapped key");
    Path back = directory.resolve("back");
    assertThat(aws("s3", "cp", file.toString(), "s3://other/keys/data volume").err()).isEmpty();
    assertThat(aws("s3", "ls", "s3://other/keys/").out()).contains("data volume");
    assertThat(aws("s3", "cp", "s3://other/keys/data volume", back.toString()).status()).isZero();
    assertThat(back).hasContent("a wrapped key");
    String[] put = {
      "s3api",
      "put-object",
      "--bucket",
      "other",
      "--key",
      "once",
      "--body",
      file.toString(),
      "--if-none-match",
      "*",
      "--metadata",
      "color=green"
    };
    assertThat(aws(put).status()).isZero();
    assertThat(aws(put).err()).contains("PreconditionFailed");
    assertThat(
            json("s3api", "head-object", "--bucket", "other", "--key", "once")
                .at("/Metadata/color"))
        .hasToString("\"green\"");
    assertThat(aws("s3", "rm", "s3://other/keys/data volume").status()).isZero();
    assertThat(aws("s3", "ls", "s3://other/keys/").out()).isEmpty();
    assertThat(aws("s3", "rm", "s3://trail/" + logs().getFirst()).err()).contains("AccessDenied");
  }

  @Test
  @Tag("long")
  void lookupEvents_byName_findsThemAndIsLimited() throws Exception {
    JsonNode found =
        json(
            "cloudtrail",
            "lookup-events",
            "--lookup-attributes",
            "AttributeKey=EventName,AttributeValue=CreateKey",
            "--max-items",
            "2");
    assertThat(found.path("Events")).hasSize(2);
    assertThat(found.at("/Events/0/Username").asText()).isEqualTo("tester");
    assertThat(found.path("NextToken").asText()).isNotEmpty();
    assertThat(
            json("cloudtrail", "get-trail-status", "--name", "main").path("IsLogging").asBoolean())
        .isTrue();
  }
}
