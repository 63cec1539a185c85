package org.secretfs.cli.principal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.secretfs.cli.config.KeyManagerOption;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.seal.RootAccess;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.Administration;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keymanager.seal.RootKey;
import picocli.CommandLine.Mixin;

/** The key manager whose users, roles and policies a command is about. */
final class Administered {
  private static final int MOST_BYTES = 64 << 10;

  @Mixin private KeyManagerOption config = new KeyManagerOption();
  @Mixin private RootAccess root = new RootAccess();

  KeyManagerConfig config() throws CliException {
    return config.read();
  }

  Administration open() throws SecretfsException {
    KeyManagerConfig read = config.read();
    try (RootKey key = root.open(read, Input.standard())) {
      return Administration.open(read, key, Clock.systemUTC());
    } catch (IOException e) {
      throw new CliException(
          CliError.USAGE_WRONG, "the root key cannot be unsealed: %s".formatted(e), e);
    }
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
