package org.secretfs.keymanager;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** Files that a key manager of schema version 3 left, whose root key wrapped everything itself. */
final class FormerStore {
  static final String ACCESS_KEY_ID = "AKIA5TKUDAAA7QZWNNLF";
  static final String SECRET_ACCESS_KEY = "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";

  private FormerStore() {}

  /** Puts them below a directory, and returns their configuration. */
  static KeyManagerConfig copyTo(Path directory) throws IOException {
    KeyManagerConfig config = KeyManagerConfig.below(directory);
    Files.createDirectories(config.stateDirectory());
    try (InputStream in = new GZIPInputStream(resource("keymanager.db.gz"))) {
      Files.copy(in, config.stateDirectory().resolve("keymanager.db"));
    }
    try (InputStream in = resource("root.key")) {
      Files.copy(in, config.rootKeyFile());
    }
    Files.setPosixFilePermissions(
        config.rootKeyFile(), PosixFilePermissions.fromString("rw-------"));
    return config;
  }

  /** A ciphertext of "ZnJvemVu" with the context a=b, in base64. */
  static String blob() throws IOException {
    try (InputStream in = resource("blob")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(
        FormerStore.class.getResourceAsStream("/former-store/" + name), name);
  }
}
