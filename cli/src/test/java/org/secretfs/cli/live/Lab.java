package org.secretfs.cli.live;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.secretfs.attach.Command;
import org.secretfs.attach.SystemCommandRunner;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.keymanager.AccessKey;
import org.secretfs.keymanager.Administration;
import org.secretfs.keymanager.KeyManager;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keymanager.KeyManagerServer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;

/** A key manager, a key, and one configured volume on a backing file, in a folder of its own. */
final class Lab {
  static final String VOLUME = "lab";
  static final String ALIAS = "alias/lab";

  private final Path directory;
  private final KeyManagerServer server;
  private final KeyManagerConfig serverConfig;
  private final Map<String, String> environment = new HashMap<>();
  private final KmsClient kms;
  private final Cli cli;

  private Lab(Path directory) throws Exception {
    this.directory = directory;
    KeyManagerConfig config = KeyManagerConfig.below(directory.resolve("km"));
    Files.createDirectories(directory.resolve("km"));
    KeyManager.init(config, Clock.systemUTC());
    try (AccessKey key =
        KeyManager.provisionUser(
            config, "lab", List.of(Administration.ADMINISTRATOR_ACCESS), Clock.systemUTC())) {
      environment.put("AWS_ACCESS_KEY_ID", key.id());
      environment.put("AWS_SECRET_ACCESS_KEY", text(key));
    }
    environment.put("AWS_DEFAULT_REGION", config.region());
    System.setProperty(
        "aws.accessKeyId", Objects.requireNonNull(environment.get("AWS_ACCESS_KEY_ID")));
    System.setProperty(
        "aws.secretAccessKey", Objects.requireNonNull(environment.get("AWS_SECRET_ACCESS_KEY")));
    this.server = KeyManagerServer.start(config, Clock.systemUTC());
    this.serverConfig = config.withListenPort(server.port());
    environment.put("AWS_ENDPOINT_URL_KMS", endpoint().toString());
    this.kms = client();
    String id = kms.createKey(request -> {}).keyMetadata().keyId();
    kms.createAlias(request -> request.aliasName(ALIAS).targetKeyId(id));
    this.cli = new Cli(environment);
    configure("");
  }

  /** A lab in an empty folder; the test is skipped where this machine cannot attach volumes. */
  static Lab in(Path directory) throws Exception {
    requireAttachable();
    return new Lab(directory);
  }

  static void requireAttachable() throws IOException {
    assumeTrue(
        Files.isWritable(Path.of("/dev/fuse")) && Files.isWritable(Path.of("/dev/loop-control")),
        "needs root, /dev/fuse and /dev/loop-control");
    for (String tool : List.of("losetup", "mkfs.ext4", "cryptsetup", "fusermount3")) {
      assumeTrue(new SystemCommandRunner().find(tool).isPresent(), tool + " is not installed");
    }
  }

  @BorrowsSecret(because = "the environment of a child process takes text")
  private static String text(AccessKey key) {
    return key.secret().borrow(secret -> new String(secret, StandardCharsets.US_ASCII));
  }

  private KmsClient client() {
    return KmsClient.builder()
        .region(Region.of(serverConfig.region()))
        .endpointOverride(endpoint())
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(
                    environment.get("AWS_ACCESS_KEY_ID"),
                    environment.get("AWS_SECRET_ACCESS_KEY"))))
        .build();
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + serverConfig.listenPort());
  }

  KmsClient kms() {
    return kms;
  }

  Map<String, String> environment() {
    return environment;
  }

  Cli cli() {
    return cli;
  }

  Path directory() {
    return directory;
  }

  Path backing() {
    return directory.resolve("disk.img");
  }

  Path wrapped() {
    return directory.resolve("bucket").resolve(VOLUME + ".wrapped");
  }

  Path mount() {
    return directory.resolve("mnt");
  }

  Path config() {
    return directory.resolve("secretfs.yaml");
  }

  Path serverTrail() {
    return serverConfig.auditDirectory();
  }

  /** Writes the configuration; {@code more} is added to the volume, already indented by 4. */
  void configure(String more) throws IOException {
    configure("encryption_context: {volume: " + VOLUME + "}", more);
  }

  /** Writes the configuration with another line for the encryption context. */
  void configure(String context, String more) throws IOException {
    Files.writeString(
        config(),
        """
        state_directory: state
        runtime_directory: run
        volumes:
          %s:
            file: disk.img
            size: 64MiB
            key_source:
              kms:
                key: %s
                region: %s
                endpoint: %s
                %s
              wrapped_secret: {directory: bucket}
            mount: %s
            attachment: fuse
        %s
        """
            .formatted(VOLUME, ALIAS, serverConfig.region(), endpoint(), context, mount(), more));
  }

  Cli.Result up(String... more) {
    return command("up", more);
  }

  Cli.Result down() {
    return command("down");
  }

  Cli.Result status() {
    return command("status", "--json");
  }

  /** The state of the volume as {@code status} tells it. */
  String state() throws IOException {
    return status().json().get("volumes").get(0).get("state").asText();
  }

  private Cli.Result command(String name, String... more) {
    String[] arguments = new String[more.length + 3];
    arguments[0] = name;
    arguments[1] = "--config";
    arguments[2] = config().toString();
    System.arraycopy(more, 0, arguments, 3, more.length);
    return cli.run(arguments);
  }

  /** Runs a tool of this machine that must succeed. */
  static String tool(String... words) throws Exception {
    return new SystemCommandRunner()
        .require(Command.of(words[0], List.of(words).subList(1, words.length)));
  }

  /** Stops the key manager, as an outage would. */
  void stopKeyManager() {
    server.close();
  }

  /** Takes the volume down and stops the key manager. */
  void end() throws Exception {
    try {
      Cli.Result result = down();
      if (result.status() != 0) {
        throw new IOException("the lab could not be cleaned up: " + result);
      }
    } finally {
      kms.close();
      server.close();
    }
  }
}
