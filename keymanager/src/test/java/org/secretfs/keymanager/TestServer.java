package org.secretfs.keymanager;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.sigv4.SignedClient;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;

/** A key manager below a directory, with a user, on a free port of loopback. */
final class TestServer implements AutoCloseable {
  private final KeyManagerConfig config;
  private final KeyManagerServer server;
  private final String accessKeyId;
  private final String secretAccessKey;

  private TestServer(
      KeyManagerConfig config,
      KeyManagerServer server,
      String accessKeyId,
      String secretAccessKey) {
    this.config = config;
    this.server = server;
    this.accessKeyId = accessKeyId;
    this.secretAccessKey = secretAccessKey;
  }

  static TestServer start(Path directory) throws KeyManagerException {
    return start(KeyManagerConfig.below(directory), Clock.systemUTC());
  }

  static TestServer start(KeyManagerConfig config, Clock clock) throws KeyManagerException {
    KeyManager.init(config, clock);
    try (AccessKey key =
        KeyManager.provisionUser(
            config, "tester", List.of(Administration.ADMINISTRATOR_ACCESS), clock)) {
      String secret = text(key);
      return new TestServer(config, KeyManagerServer.start(config, clock), key.id(), secret);
    }
  }

  /** A client of a new user with these policies; the caller closes it. */
  SignedClient user(String name, String... policies) throws KeyManagerException {
    try (AccessKey key =
        KeyManager.provisionUser(config, name, List.of(policies), Clock.systemUTC())) {
      return new SignedClient(uri(), key.id(), text(key));
    }
  }

  /** A client of the administrator; the caller closes it. */
  SignedClient admin() {
    return new SignedClient(uri(), accessKeyId, secretAccessKey);
  }

  /** The users and policies, to be changed while the server runs; the caller closes it. */
  Administration administration() throws KeyManagerException {
    return Administration.open(config, Clock.systemUTC());
  }

  @BorrowsSecret(because = "clients take strings")
  static String text(AccessKey key) {
    return key.secret().borrow(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }

  KeyManagerConfig config() {
    return config;
  }

  /** The port of metrics and health. */
  int monitorPort() {
    return server.monitorAddress().orElseThrow().getPort();
  }

  void reload() throws KeyManagerException {
    server.reload();
  }

  int port() {
    return server.port();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + port());
  }

  String accessKeyId() {
    return accessKeyId;
  }

  String secretAccessKey() {
    return secretAccessKey;
  }

  /** A client of the AWS SDK; the caller closes it. */
  KmsClient client() {
    return client(accessKeyId, secretAccessKey, "us-east-1");
  }

  KmsClient client(String id, String secret, String region) {
    return client(id, secret, region, 1);
  }

  /** One that tries again as SDKs do by themselves. */
  KmsClient retryingClient() {
    return client(accessKeyId, secretAccessKey, "us-east-1", 10);
  }

  private KmsClient client(String id, String secret, String region, int attempts) {
    return KmsClient.builder()
        .endpointOverride(uri())
        .region(Region.of(region))
        .httpClientBuilder(Apache5HttpClient.builder().maxConnections(64))
        .overrideConfiguration(
            override -> override.retryStrategy(retry -> retry.maxAttempts(attempts)))
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create(id, secret)))
        .build();
  }

  @Override
  public void close() {
    server.close();
  }
}
