package org.secretfs.cli.quickstart;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.keymanager.KeyManagerConfig;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.NotFoundException;

/** The KMS key behind the alias, handled as any administrator would: through the KMS API. */
final class QuickstartKey implements AutoCloseable {
  static final String ALIAS = "alias/EncFSForEC2InternalStorageKey";

  private final KmsClient kms;

  QuickstartKey(KeyManagerConfig config) {
    this.kms =
        KmsClient.builder()
            .region(Region.of(config.region()))
            .endpointOverride(
                URI.create("http://%s:%d".formatted(config.listenHost(), config.listenPort())))
            .build();
  }

  /**
   * Makes the credentials of a file those of this process, for the client library's default chain.
   */
  static void useCredentials(Path file) throws CliException {
    try {
      for (String line : Files.readAllLines(file)) {
        String[] pair = line.replaceFirst("^export ", "").split("=", 2);
        switch (pair[0]) {
          case "AWS_ACCESS_KEY_ID" -> System.setProperty("aws.accessKeyId", pair[1]);
          case "AWS_SECRET_ACCESS_KEY" -> System.setProperty("aws.secretAccessKey", pair[1]);
          default -> {
            // Region and endpoint are in the configuration.
          }
        }
      }
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
