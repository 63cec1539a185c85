package org.secretfs.machinetest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;

/** The packaged key manager as a process on the host's loopback, and an owner's client for it. */
final class KeyManagerProcess implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);

  private final int port;
  private final String credentials;
  private final Process process;
  private final KmsClient client;

  /**
   * Sets a key manager up in {@code folder} and starts it.
   *
   * @param secretfs the product's launcher
   */
  KeyManagerProcess(Path folder, Path secretfs) throws IOException, InterruptedException {
    port = freePort();
    Path configuration = Files.writeString(folder.resolve("keymanager.yaml"), yaml(folder));
    Path file = folder.resolve("aws.env");
    String option = "--config=" + configuration;
    Commands.run(
        START,
        List.of(
            secretfs.toString(),
            "keymanager",
            "init",
            option,
            "--policy",
            "AdministratorAccess",
            "--credentials",
            file.toString()));
    credentials = Files.readString(file);
    process =
        new ProcessBuilder(secretfs.toString(), "keymanager", "serve", option)
            .redirectErrorStream(true)
            .start();
    new Reports(process.getInputStream()).await("key manager serves at .*", START);
    client = client();
  }

  private String yaml(Path folder) {
    return """
    listen: 127.0.0.1:%d
    state_directory: %s/state
    root_key_file: %s/root.key
    audit_directory: %s/audit
    """
        .formatted(port, folder, folder, folder);
  }

  /** A port of the loopback that nobody listens on now. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private KmsClient client() {
    return KmsClient.builder()
        .endpointOverride(URI.create("http://127.0.0.1:" + port))
        .region(Region.US_EAST_1)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(accessKeyId(), secretAccessKeyText())))
        .build();
  }

  int port() {
    return port;
  }

  KmsClient kms() {
    return client;
  }

  String accessKeyId() {
    return exported("AWS_ACCESS_KEY_ID");
  }

  String secretAccessKeyText() {
    return exported("AWS_SECRET_ACCESS_KEY");
  }

  private String exported(String name) {
    Matcher line = Pattern.compile("(?m)^export " + name + "=(.+)$").matcher(credentials);
    if (!line.find()) {
      throw new IllegalStateException("the credentials file exports no " + name);
    }
    return line.group(1);
  }

  @Override
  public void close() {
    client.close();
    process.destroy();
    process.onExit().join();
  }
}
