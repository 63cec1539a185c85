package org.secretfs.cli.config;

import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keymanager.RateLimits;
import org.secretfs.keymanager.ServerSettings;
import org.secretfs.keymanager.tls.TlsSettings;
import org.secretfs.keys.S3Settings;

/** Reads {@code keymanager.yaml}. */
public final class KeyManagerYaml {
  /** Where the configuration is looked for. */
  public static final Path DEFAULT_FILE = Path.of("/etc/secretfs/keymanager.yaml");

  private KeyManagerYaml() {}

  /** Reads the file; relative paths in it start at its directory. */
  public static KeyManagerConfig read(Path file) throws CliException {
    return of(ConfigFile.directoryOf(file), ConfigFile.read(file));
  }

  /** Where the file says the audit trail goes, if not into a bucket that is served here. */
  public static Optional<S3Settings> trailElsewhere(Path file) throws CliException {
    return DeliveryYaml.elsewhere(fields(ConfigFile.read(file)));
  }

  private static ConfigNode.Fields fields(ConfigNode root) throws WrongConfiguration {
    return root.fields(
        "listen",
        "insecure_listen",
        "state_directory",
        "root_key_file",
        "audit_directory",
        "account_id",
        "region",
        "tls",
        "rate_limits",
        "http",
        DeliveryYaml.DIRECTORY,
        DeliveryYaml.BUCKETS,
        DeliveryYaml.TRAIL);
  }

  static KeyManagerConfig of(Path base, ConfigNode root) throws WrongConfiguration {
    ConfigNode.Fields fields = fields(root);
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
          fields.text("region", KeyManagerConfig.DEFAULT_REGION),
          new ServerSettings(tls(base, fields), rates(fields), MonitorAddress.read(fields)),
          DeliveryYaml.of(base, fields));
    } catch (IllegalArgumentException e) {
      throw root.wrong(": " + e.getMessage());
    }
  }

  private static Optional<TlsSettings> tls(Path base, ConfigNode.Fields all)
      throws WrongConfiguration {
    Optional<ConfigNode> node = all.optional("tls");
    if (node.isEmpty()) {
      return Optional.empty();
    }
    ConfigNode.Fields fields =
        node.get().fields("certificate", "key", "client_authorities", "client_certificate");
    Optional<ConfigNode> authorities = fields.optional("client_authorities");
    Optional<ConfigNode> demanded = fields.optional("client_certificate");
    if (authorities.isEmpty() && demanded.isPresent()) {
      throw demanded.get().wrong("needs client_authorities");
    }
    boolean required =
        demanded.isEmpty()
            ? authorities.isPresent()
            : demanded.get().oneOf("required", "optional").equals("required");
    return Optional.of(
        new TlsSettings(
            fields.required("certificate").path(base),
            fields.required("key").path(base),
            authorities.isEmpty() ? Optional.empty() : Optional.of(authorities.get().path(base)),
            required));
  }

  private static RateLimits rates(ConfigNode.Fields all) throws WrongConfiguration {
    Optional<ConfigNode> node = all.optional("rate_limits");
    RateLimits standard = RateLimits.DEFAULT;
    if (node.isEmpty()) {
      return standard;
    }
    ConfigNode.Fields fields = node.get().fields("cryptographic", "management", "sessions");
    return new RateLimits(
        rate(fields, "cryptographic", standard.cryptographicPerSecond()),
        rate(fields, "management", standard.managementPerSecond()),
        rate(fields, "sessions", standard.sessionsPerSecond()));
  }

  private static int rate(ConfigNode.Fields fields, String name, int otherwise)
      throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional(name);
    if (node.isEmpty()) {
      return otherwise;
    }
    String text = node.get().text();
    if (!text.matches("\\d{1,7}") || Integer.parseInt(text) > RateLimits.MOST) {
      throw node.get()
          .wrong(
              "is '%s' but must be 0 to %d per second; 0 is no limit"
                  .formatted(text, RateLimits.MOST));
    }
    return Integer.parseInt(text);
  }
}
