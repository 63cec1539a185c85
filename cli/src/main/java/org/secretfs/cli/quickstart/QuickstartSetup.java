package org.secretfs.cli.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.secretfs.agent.VolumeSpec;
import org.secretfs.cli.config.CredentialsFile;
import org.secretfs.cli.config.DurableFile;
import org.secretfs.cli.config.KeyManagerYaml;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.AccessKey;
import org.secretfs.keymanager.Administration;
import org.secretfs.keymanager.KeyManager;
import org.secretfs.keymanager.KeyManagerConfig;

/** Makes quickstart's folder: what is there is kept. */
final class QuickstartSetup {
  private static final String VOLUME = "quickstart";
  private static final String USER = "quickstart";
  private static final String ADMINISTRATOR = "quickstart-admin";
  private static final String POLICY = "quickstart-volume";

  /** All that a machine needs of the key: its own volume's secret, in that volume's context. */
  private static final String DOCUMENT =
      """
      {
        "Version": "2012-10-17",
        "Statement": [{
          "Sid": "OwnVolume",
          "Effect": "Allow",
          "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
          "Resource": "*",
          "Condition": {"StringEquals": {"kms:EncryptionContext:volume": "quickstart"}}
        }]
      }
      """;

  private final QuickstartOptions options;
  private final QuickstartFiles files;

  QuickstartSetup(QuickstartOptions options, QuickstartFiles files) {
    this.options = options;
    this.files = files;
  }

  /** Makes the key manager's configuration, state and credentials. */
  KeyManagerConfig prepareKeyManager() throws SecretfsException {
    requirePrintable(options.mount());
    makeDirectory();
    if (!Files.exists(files.keyManagerConfiguration())) {
      write(
          files.keyManagerConfiguration(),
          """
          listen: 127.0.0.1:%d
          state_directory: keymanager
          root_key_file: root.key
          audit_directory: %s
          """
              .formatted(
                  KeyManagerProcess.freePort(),
                  files.directory().relativize(files.keyManagerTrail())));
    }
    KeyManagerConfig config = KeyManagerYaml.read(files.keyManagerConfiguration());
    KeyManager.init(config, Clock.systemUTC());
    try (Administration administration = Administration.open(config, Clock.systemUTC())) {
      provision(
          administration,
          config,
          files.administratorCredentials(),
          ADMINISTRATOR,
          Administration.KEY_ADMINISTRATOR);
      if (!Files.exists(files.credentials())) {
        administration.putPolicy(POLICY, DOCUMENT);
      }
      provision(administration, config, files.credentials(), USER, POLICY);
    }
    return config;
  }

  private static void provision(
      Administration administration,
      KeyManagerConfig config,
      Path credentials,
      String user,
      String policy)
      throws SecretfsException {
    if (!Files.exists(credentials)) {
      try (AccessKey key = administration.provisionUser(user, List.of(policy))) {
        CredentialsFile.write(credentials, key, config);
      }
    }
  }

  private void makeDirectory() throws CliException {
    try {
      if (Files.exists(files.directory()) && !Files.exists(files.marker())) {
        refuseForeign();
      }
      Files.createDirectories(
          files.directory(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw unwritable(files.directory(), e);
    }
    write(files.marker(), "made by secretfs quickstart; removed by secretfs quickstart --remove\n");
  }

  private void refuseForeign() throws IOException, CliException {
    try (var entries = Files.list(files.directory())) {
      // A run that was killed early may have left a draft of the marker.
      if (entries.anyMatch(entry -> !isMarkerOrDraft(entry))) {
        throw new CliException(
            CliError.USAGE_WRONG,
            "%s exists, is not empty and was not made by quickstart".formatted(files.directory()));
      }
    }
  }

  private boolean isMarkerOrDraft(Path entry) {
    return entry.getFileName().toString().startsWith(files.marker().getFileName().toString());
  }

  /** Makes the agent's configuration anew, so that the mount point is the one asked for. */
  SecretfsConfig prepareVolume(KeyManagerConfig server) throws CliException {
    write(
        files.configuration(),
        """
        # Made by secretfs quickstart. Relative paths start at this file's directory.
        state_directory: state
        runtime_directory: run
        audit_trails: [%s]
        volumes:
          %s:
            file: disk.img
            size: %d
            key_source:
              kms:
                key: %s
                region: %s
                endpoint: http://%s:%d
                encryption_context: {volume: %s}
              wrapped_secret: {directory: bucket}
            filesystem: ext4
            mount: "%s"
        """
            .formatted(
                files.directory().relativize(files.keyManagerTrail()),
                VOLUME,
                options.sizeBytes(),
                QuickstartKey.ALIAS,
                server.region(),
                server.listenHost(),
                server.listenPort(),
                VOLUME,
                escaped(options.mount())));
    return SecretfsConfig.read(files.configuration(), Clock.systemUTC());
  }

  private static void requirePrintable(Path path) throws CliException {
    if (path.toString().chars().anyMatch(Character::isISOControl)) {
      throw new CliException(
          CliError.USAGE_WRONG,
          "the mount point '%s' holds a control character"
              .formatted(path.toString().replaceAll("\\p{Cntrl}", "?")));
    }
  }

  /** The path as it stands between double quotes in YAML. */
  private static String escaped(Path path) {
    return path.toString().replace("\\", "\\\\").replace("\"", "\\\"");
  }

  VolumeSpec volume(SecretfsConfig config) {
    return Objects.requireNonNull(config.volumes().get(VOLUME));
  }

  private static void write(Path file, String text) throws CliException {
    try {
      DurableFile.write(file, text);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  private static CliException unwritable(Path path, IOException e) {
    return new CliException(
        CliError.FILE_UNWRITABLE, "%s cannot be made: %s".formatted(path, e), e);
  }
}
