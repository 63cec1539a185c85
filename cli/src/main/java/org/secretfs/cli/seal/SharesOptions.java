package org.secretfs.cli.seal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.config.DurableFile;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.Share;
import org.secretfs.keymanager.seal.SharesSeal;
import picocli.CommandLine.Option;

/** How many shares there are, and where they go. */
final class SharesOptions {
  @Option(
      names = "--shares",
      paramLabel = "N",
      defaultValue = "5",
      description = "How many shares to make, up to 32 (default: ${DEFAULT-VALUE}).")
  private int count = 5;

  @Option(
      names = "--threshold",
      paramLabel = "K",
      defaultValue = "3",
      description = "How many shares unseal, 2 or more (default: ${DEFAULT-VALUE}).")
  private int threshold = 3;

  @Option(
      names = "--shares-directory",
      paramLabel = "DIRECTORY",
      description = {
        "Where the shares go, a file each of mode 0600; made where it is missing, and must be"
            + " empty. Hand them out and delete them there: all in one place are the key.",
      })
  private @Nullable Path directory;

  @Option(
      names = "--recovery-shares",
      description =
          "Besides the seal, make shares that unseal when that is gone: the token, the KMS,"
              + " the passphrase.")
  private boolean recovery;

  boolean isRecovery() {
    return recovery;
  }

  void check() throws CliException, IOException {
    if (directory == null) {
      throw new CliException(CliError.USAGE_WRONG, "shares need --shares-directory");
    }
    if (Files.exists(directory) && !NewSealOptions.isEmpty(directory)) {
      throw new CliException(
          CliError.FILE_EXISTS,
          "shares directory %s: is not empty, and shares are never overwritten"
              .formatted(directory));
    }
  }

  SharesSeal make() throws KeyManagerException {
    return SharesSeal.make(threshold, count);
  }

  /** Writes the shares of a new set; durable on return. */
  void write(SharesSeal seal) throws KeyManagerException {
    Path target = directory == null ? Path.of(".") : directory;
    try {
      Files.createDirectories(target);
      for (Share share : seal.shares()) {
        write(target.resolve("share-%02d".formatted(share.number())), share);
      }
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable(
          "shares directory %s: cannot be written".formatted(target), e);
    }
  }

  @BorrowsSecret(because = "a file is written from an array")
  private static void write(Path file, Share share) throws IOException {
    try (SecretBuffer text = share.text()) {
      DurableFile.write(
          file,
          out -> {
            int written =
                text.<Integer, IOException>borrow(bytes -> {
                  out.write(bytes);
                  return bytes.length;
                });
            out.write('\n');
            assert written > 0;
          });
    }
  }
}
