package org.secretfs.cli.config;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.keymanager.AccessKey;
import org.secretfs.keymanager.KeyManagerConfig;

/** The file that a shell sources to talk to a key manager with the AWS CLI. */
public final class CredentialsFile {
  private CredentialsFile() {}

  /** Refuses a file that exists. */
  public static void requireAbsent(Path file) throws CliException {
    if (Files.exists(file)) {
      throw new CliException(
          CliError.USAGE_WRONG, "%s exists already and is not overwritten".formatted(file));
    }
  }

  /** Writes a new file with mode 0600, whole or not at all; durable on return. */
  public static void write(Path file, AccessKey key, KeyManagerConfig config) throws CliException {
    requireAbsent(file);
    try {
      DurableFile.write(file, out -> write(out, key, config));
    } catch (IOException e) {
      throw new CliException(
          CliError.FILE_UNWRITABLE, "%s cannot be written: %s".formatted(file, e), e);
    }
  }

  @BorrowsSecret(because = "a file is written from an array")
  private static void write(OutputStream out, AccessKey key, KeyManagerConfig config)
      throws IOException {
    String endpoint = "http://%s:%d".formatted(config.listenHost(), config.listenPort());
    out.write(ascii("export AWS_ACCESS_KEY_ID=" + key.id() + "\n"));
    out.write(ascii("export AWS_SECRET_ACCESS_KEY="));
    key.secret()
        .borrow(secret -> {
          out.write(secret);
          return secret.length;
        });
    out.write(ascii("\nexport AWS_DEFAULT_REGION=" + config.region() + "\n"));
    out.write(ascii("export AWS_ENDPOINT_URL_KMS=" + endpoint + "\n"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
