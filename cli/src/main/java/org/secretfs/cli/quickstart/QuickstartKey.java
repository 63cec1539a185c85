package org.secretfs.cli.quickstart;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.keymanager.KeyManagerConfig;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.NotFoundException;

/** The KMS key behind the alias, handled as any administrator would: through the KMS API. */
final class QuickstartKey implements AutoCloseable {
  static final String ALIAS = "alias/EncFSForEC2InternalStorageKey";

  private static final String ID = "AWS_ACCESS_KEY_ID";
  private static final String KEY = "AWS_SECRET_ACCESS_KEY";

  private final KmsClient kms;

  /**
   * Makes one.
   *
   * @param administrator the credentials file of whom may manage keys
   */
  QuickstartKey(KeyManagerConfig config, Path administrator) throws CliException {
    Map<String, String> credentials = read(administrator);
    this.kms =
        KmsClient.builder()
            .region(Region.of(config.region()))
            .endpointOverride(
                URI.create("http://%s:%d".formatted(config.listenHost(), config.listenPort())))
            .credentialsProvider(
                StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(
                        credentials.getOrDefault(ID, ""), credentials.getOrDefault(KEY, ""))))
            .build();
  }

  /**
   * Makes the credentials of a file those of this process, for the client library's default chain.
   */
  static void useCredentials(Path file) throws CliException {
    Map<String, String> credentials = read(file);
    System.setProperty("aws.accessKeyId", credentials.getOrDefault(ID, ""));
    System.setProperty("aws.secretAccessKey", credentials.getOrDefault(KEY, ""));
  }

  private static Map<String, String> read(Path file) throws CliException {
    try {
      Map<String, String> values = new HashMap<>();
      for (String line : Files.readAllLines(file)) {
        String[] pair = line.replaceFirst("^export ", "").split("=", 2);
        if (pair.length == 2) {
          values.put(pair[0], pair[1]);
        }
      }
      return values;
    } catch (IOException e) {
      throw new CliException(
          CliError.CONFIGURATION_MISSING, "%s cannot be read: %s".formatted(file, e), e);
    }
  }

  /** Makes the key and the alias where they are missing, enables the key; returns its ARN. */
  String ensureEnabled() throws CliException {
    return call(() -> {
      try {
        String arn = arn();
        kms.enableKey(request -> request.keyId(arn));
        return arn;
      } catch (NotFoundException e) {
        return create();
      }
    });
  }

  private String create() {
    String id =
        kms.createKey(request -> request.description("secretfs quickstart")).keyMetadata().keyId();
    kms.createAlias(request -> request.aliasName(ALIAS).targetKeyId(id));
    return arn();
  }

  private String arn() {
    return kms.describeKey(request -> request.keyId(ALIAS)).keyMetadata().arn();
  }

  void disable() throws CliException {
    call(() -> {
      String arn = arn();
      return kms.disableKey(request -> request.keyId(arn));
    });
  }

  private static <T> T call(java.util.function.Supplier<T> action) throws CliException {
    try {
      return action.get();
    } catch (SdkException e) {
      throw new CliException(
          CliError.PROCESS_NOT_READY, "the key manager refused: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    kms.close();
  }
}
