package org.secretfs.cli.config;

import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.secretfs.keymanager.KeyManagerConfig;

/** Reads {@code keymanager.yaml}. */
public final class KeyManagerYaml {
  /** Where the configuration is looked for. */
  public static final Path DEFAULT_FILE = Path.of("/etc/secretfs/keymanager.yaml");

  private KeyManagerYaml() {}

  /** Reads the file; relative paths in it start at its directory. */
  public static KeyManagerConfig read(Path file) throws CliException {
    return of(ConfigFile.directoryOf(file), ConfigFile.read(file));
  }

  static KeyManagerConfig of(Path base, ConfigNode root) throws WrongConfiguration {
    ConfigNode.Fields fields =
        root.fields(
            "listen",
            "insecure_listen",
            "state_directory",
            "root_key_file",
            "audit_directory",
            "account_id",
            "region");
    ConfigNode listen = fields.required("listen");
    String address = listen.text();
    int colon = address.lastIndexOf(':');
    if (colon < 1 || !address.substring(colon + 1).matches("\\d{1,5}")) {
      throw listen.wrong("is '%s' but must be HOST:PORT".formatted(address));
    }
    Optional<ConfigNode> insecure = fields.optional("insecure_listen");
    boolean insecureListen = insecure.isPresent() && insecure.get().flag();
    try {
      return new KeyManagerConfig(
          address.substring(0, colon),
          Integer.parseInt(address.substring(colon + 1)),
          insecureListen,
          fields.required("state_directory").path(base),
          fields.required("root_key_file").path(base),
          fields.required("audit_directory").path(base),
          fields.text("account_id", KeyManagerConfig.DEFAULT_ACCOUNT_ID),
          fields.text("region", KeyManagerConfig.DEFAULT_REGION));
    } catch (IllegalArgumentException e) {
      throw root.wrong(": " + e.getMessage());
    }
  }
}
