package org.secretfs.cli.principal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.secretfs.cli.config.KeyManagerOption;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.keymanager.Administration;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keymanager.failure.KeyManagerException;
import picocli.CommandLine.Mixin;

/** The key manager whose users, roles and policies a command is about. */
final class Administered {
  private static final int MOST_BYTES = 64 << 10;

  @Mixin private KeyManagerOption config = new KeyManagerOption();

  KeyManagerConfig config() throws CliException {
    return config.read();
  }

  Administration open() throws CliException, KeyManagerException {
    return Administration.open(config.read(), Clock.systemUTC());
  }

  /** A policy file's text. */
  static String read(Path file) throws CliException {
    try (var in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new CliException(
          CliError.CONFIGURATION_MISSING, "policy %s cannot be read: %s".formatted(file, e), e);
    }
  }
}
