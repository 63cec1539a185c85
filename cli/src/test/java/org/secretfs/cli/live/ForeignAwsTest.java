package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole {@code up} with KMS and S3 that others wrote: moto_server, set up by the AWS CLI. */
class ForeignAwsTest {
  private static final String TEXT = "kept under a key of another's KMS";

  @TempDir private Path directory = Path.of("unset");
  private @Nullable Process moto;
  private URI endpoint = URI.create("http://127.0.0.1");
  private final Cli cli = new Cli(Map.of());

  @BeforeEach
  void start() throws Exception {
    Lab.requireAttachable();
    for (String tool : List.of("moto_server", "aws")) {
      assumeTrue(onPath(tool), tool + " is not installed");
    }
    int port = freePort();
    endpoint = URI.create("http://127.0.0.1:" + port);
    Process started =
        new ProcessBuilder("moto_server", "-H", "127.0.0.1", "-p", Integer.toString(port))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("moto.log").toFile())
            .start();
    moto = started;
    awaitAnswer(started);
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
  }

  private static boolean onPath(String tool) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  private void awaitAnswer(Process server) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    HttpRequest request = HttpRequest.newBuilder(endpoint.resolve("/moto-api/")).build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (System.nanoTime() < deadline && server.isAlive()) {
        try {
          client.send(request, HttpResponse.BodyHandlers.discarding());
          return;
        } catch (IOException e) {
          TimeUnit.MILLISECONDS.sleep(100);
        }
      }
    }
    throw new IOException(
        "moto_server does not answer: " + Files.readString(directory.resolve("moto.log")));
  }

  @AfterEach
  void stop() throws Exception {
    if (Files.exists(config())) {
      Cli.Result down = cli.run("down", "--config", config().toString());
      assertThat(down.status()).as(down.toString()).isZero();
    }
    Process server = moto;
    if (server != null) {
      server.destroy();
      server.waitFor(30, TimeUnit.SECONDS);
    }
  }

  private Path config() {
    return directory.resolve("secretfs.yaml");
  }

  private Cli.Result up() {
    return cli.run("up", "--config", config().toString());
  }

  private String aws(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("aws", "--endpoint-url", endpoint.toString()));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(Map.of("AWS_ACCESS_KEY_ID", "test", "AWS_PAGER", ""));
    builder.environment().put("AWS_SECRET_ACCESS_KEY", "test");
    builder.environment().put("AWS_DEFAULT_REGION", "eu-west-1");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s: %s", command, output).isZero();
    return output.strip();
  }

  private String makeKeyAndBucket() throws Exception {
    aws(
        "s3api",
        "create-bucket",
        "--bucket",
        "secrets",
        "--create-bucket-configuration",
        "LocationConstraint=eu-west-1");
    String key = aws("kms", "create-key", "--query", "KeyMetadata.KeyId", "--output", "text");
    aws("kms", "create-alias", "--alias-name", "alias/disk", "--target-key-id", key);
    return key;
  }

  private void configure(String context) throws IOException {
    Files.writeString(
        config(),
        """
        state_directory: state
        runtime_directory: run
        volumes:
          cloud:
            file: disk.img
            size: 64MiB
            key_source:
              kms: {key: alias/disk, region: eu-west-1, endpoint: "%1$s", encryption_context: %2$s}
              wrapped_secret:
                s3: {bucket: secrets, key: hosts/one/cloud, region: eu-west-1, endpoint: "%1$s"}
            mount: %3$s
            attachment: fuse
        """
            .formatted(endpoint, context, directory.resolve("mnt")));
  }

  @Test
  void up_kmsAndBucketOfOthers_mountsAndKeepsDataOverDownAndUp() throws Exception {
    makeKeyAndBucket();
    configure("{volume: cloud}");
    Cli.Result first = up();
    assertThat(first.status()).as(first.toString()).isZero();
    Files.writeString(directory.resolve("mnt/file"), TEXT);
    assertThat(aws("s3", "ls", "s3://secrets/hosts/one/")).endsWith("cloud");
    assertThat(cli.run("down", "--config", config().toString()).status()).isZero();
    Cli.Result second = up();
    assertThat(second.status()).as(second.toString()).isZero();
    assertThat(directory.resolve("mnt/file")).hasContent(TEXT);
  }

  @Test
  void up_secretThatAnAdministratorEncryptedAndCopied_isThePassphrase() throws Exception {
    makeKeyAndBucket();
    Path passphrase = Files.writeString(directory.resolve("passphrase"), "LUKS passphrase of old");
    String blob =
        aws(
            "kms",
            "encrypt",
            "--key-id",
            "alias/disk",
            "--plaintext",
            "fileb://" + passphrase,
            "--query",
            "CiphertextBlob",
            "--output",
            "text");
    Path file = directory.resolve("blob");
    Files.write(file, java.util.Base64.getDecoder().decode(blob));
    aws("s3", "cp", file.toString(), "s3://secrets/hosts/one/cloud");
    configure("{}");
    Cli.Result up = up();
    assertThat(up.status()).as(up.toString()).isZero();
    Lab.tool(
        "cryptsetup",
        "open",
        "--test-passphrase",
        "--key-file",
        passphrase.toString(),
        directory.resolve("disk.img").toString());
  }

  @Test
  void up_bucketMissing_isRefusedAndMakesNothing() throws Exception {
    String key = aws("kms", "create-key", "--query", "KeyMetadata.KeyId", "--output", "text");
    aws("kms", "create-alias", "--alias-name", "alias/disk", "--target-key-id", key);
    configure("{volume: cloud}");
    Cli.Result refused = up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(2);
    assertThat(refused.err()).contains("secrets");
    assertThat(directory.resolve("disk.img")).doesNotExist();
  }
}
