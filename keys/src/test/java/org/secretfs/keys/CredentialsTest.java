package org.secretfs.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Credentials and region by the default chain: the instance's metadata service, version 2. */
class CredentialsTest {
  private static final VolumeId VOLUME = new VolumeId("scratch");
  private static final List<String> PROPERTIES =
      List.of(
          "aws.ec2MetadataServiceEndpoint",
          "aws.disableEc2Metadata",
          "aws.configFile",
          "aws.sharedCredentialsFile");

  @TempDir Path folder;

  @BeforeEach
  void nothingButTheInstance() throws IOException {
    for (String variable :
        List.of(
            "AWS_ACCESS_KEY_ID",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
      Assumptions.assumeTrue(
          System.getenv(variable) == null, variable + " is set in the environment");
    }
    AwsCredentials.clearSystemProperties();
    System.setProperty("aws.configFile", folder.resolve("no-config").toString());
    System.setProperty("aws.sharedCredentialsFile", folder.resolve("no-credentials").toString());
    Files.writeString(folder.resolve("secret"), "wrapped");
  }

  @AfterEach
  void restore() {
    PROPERTIES.forEach(System::clearProperty);
    AwsCredentials.setInSystemProperties();
  }

  private KeySource source(FakeAws aws) {
    return new KmsKeySource(
        aws.kms(CallLimits.DEFAULT), new DirectoryStore(folder), "secret", CallObserver.NONE);
  }

  @Test
  void obtain_instanceProfile_signsWithItsCredentials() throws Exception {
    FakeAws.Reply plaintext = FakeAws.json(200, "{\"Plaintext\":\"YQ==\"}");
    try (InstanceMetadata metadata = new InstanceMetadata();
        FakeAws aws = new FakeAws(plaintext);
        KeySource source = source(aws)) {
      System.setProperty("aws.ec2MetadataServiceEndpoint", metadata.endpoint());
      assertThat(Secrets.taken(source.obtain(VOLUME))).isEqualTo(new byte[] {'a'});
      var headers = aws.requests().getFirst().headers();
      assertThat(headers.get("authorization")).contains("Credential=ASIAINSTANCE/");
      assertThat(headers).containsEntry("x-amz-security-token", "instance-session");
      assertThat(metadata.refused()).isZero();
    }
  }

  @Test
  void region_nowhereElse_isTheInstances() throws Exception {
    try (InstanceMetadata metadata = new InstanceMetadata()) {
      System.setProperty("aws.ec2MetadataServiceEndpoint", metadata.endpoint());
      assertThat(AwsEnvironment.region(Optional.empty(), "alias/x", Optional.empty()).id())
          .isEqualTo("eu-central-1");
    }
  }

  @Test
  void region_ofTheKeysArn_isUsedWithoutAskingTheInstance() throws Exception {
    String arn = "arn:aws:kms:ap-south-1:123456789012:alias/x";
    assertThat(AwsEnvironment.region(Optional.empty(), arn, Optional.empty()).id())
        .isEqualTo("ap-south-1");
  }

  @Test
  void region_nowhere_isMisconfigured() {
    System.setProperty("aws.disableEc2Metadata", "true");
    assertThatThrownBy(() -> AwsEnvironment.region(Optional.empty(), "alias/x", Optional.empty()))
        .isInstanceOf(KeySourceException.Misconfigured.class)
        .hasMessageContaining("AWS_REGION");
  }

  @Test
  void obtain_noCredentialsAnywhere_saysSoAndSendsNothing() throws Exception {
    System.setProperty("aws.disableEc2Metadata", "true");
    try (FakeAws aws = new FakeAws(FakeAws.json(200, "{}"));
        KeySource source = source(aws)) {
      assertThatThrownBy(() -> source.obtain(VOLUME))
          .isInstanceOf(KeySourceException.NoCredentials.class)
          .hasMessageContaining("no credentials")
          .extracting(e -> ((KeySourceException) e).code())
          .isEqualTo(KeySourceCode.CREDENTIALS_MISSING);
      assertThat(aws.requests()).isEmpty();
    }
  }

  /** A metadata service that speaks version 2 only: a token first, then facts. */
  private static final class InstanceMetadata implements AutoCloseable {
    private final HttpServer server;
    private final AtomicInteger refused = new AtomicInteger();

    InstanceMetadata() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext("/", this::handle);
      server.start();
    }

    String endpoint() {
      return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    int refused() {
      return refused.get();
    }

    private void handle(HttpExchange exchange) throws IOException {
      String path = exchange.getRequestURI().getPath();
      boolean trusted =
          "the-token".equals(exchange.getRequestHeaders().getFirst("X-aws-ec2-metadata-token"));
      if (path.equals("/latest/api/token") && exchange.getRequestMethod().equals("PUT")) {
        send(exchange, 200, "the-token");
      } else if (!trusted) {
        refused.incrementAndGet();
        send(exchange, 401, "");
      } else {
        sendFacts(exchange, path);
      }
    }

    private static void sendFacts(HttpExchange exchange, String path) throws IOException {
      if (path.endsWith("/instance-identity/document")) {
        send(exchange, 200, "{\"region\":\"eu-central-1\"}");
      } else if (path.matches("/latest/meta-data/iam/security-credentials/?")) {
        send(exchange, 200, "the-role");
      } else if (path.equals("/latest/meta-data/iam/security-credentials/the-role")) {
        send(
            exchange,
            200,
            """
            {"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIAINSTANCE",\
            "SecretAccessKey":"x","Token":"instance-session",\
            "LastUpdated":"2026-01-01T00:00:00Z","Expiration":"2099-01-01T00:00:00Z"}\
            """);
      } else {
        send(exchange, 404, "");
      }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      try (exchange) {
        exchange.getResponseHeaders().set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
          exchange.getResponseBody().write(body);
        }
      }
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
