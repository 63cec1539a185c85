package org.secretfs.cli.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.secretfs.keys.CallLimits;
import org.secretfs.keys.CallObserver;
import org.secretfs.keys.DirectoryStore;
import org.secretfs.keys.Escrow;
import org.secretfs.keys.KeyFileSource;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.KmsKeySource;
import org.secretfs.keys.KmsSettings;
import org.secretfs.keys.S3Settings;
import org.secretfs.keys.S3Store;
import org.secretfs.keys.ThrowawayKeySource;
import org.secretfs.keys.WrappedSecretStore;

/** Reads a volume's key source. */
final class KeySourceConfig {
  private final Path base;
  private final CallObserver observer;

  KeySourceConfig(Path base, CallObserver observer) {
    this.base = base;
    this.observer = observer;
  }

  KeySource read(String volume, ConfigNode node) throws WrongConfiguration {
    ConfigNode.Fields fields = node.fields("kms", "wrapped_secret", "key_file", "throwaway");
    String kind = fields.exactlyOne("kms", "key_file", "throwaway");
    if (kind.equals("kms")) {
      KmsSettings kms = kms(volume, fields.required("kms"));
      return wrapped(volume, kms, fields.required("wrapped_secret"));
    }
    if (fields.optional("wrapped_secret").isPresent()) {
      throw fields.required("wrapped_secret").wrong("belongs to 'kms'");
    }
    ConfigNode settings = fields.required(kind);
    return kind.equals("key_file") ? new KeyFileSource(settings.path(base)) : throwaway(settings);
  }

  private KeySource throwaway(ConfigNode node) throws WrongConfiguration {
    Optional<ConfigNode> escrow = node.fields("escrow").optional("escrow");
    return new ThrowawayKeySource(
        escrow.isEmpty() ? Optional.empty() : Optional.of(escrow(escrow.get())));
  }

  private Escrow escrow(ConfigNode node) throws WrongConfiguration {
    ConfigNode.Fields fields = node.fields("public_key", "directory");
    return new Escrow(
        fields.required("public_key").path(base), fields.required("directory").path(base));
  }

  private static KmsSettings kms(String volume, ConfigNode node) throws WrongConfiguration {
    ConfigNode.Fields fields = node.fields("key", "region", "endpoint", "encryption_context");
    Optional<ConfigNode> context = fields.optional("encryption_context");
    Map<String, String> pairs =
        context.isPresent() ? context.get().texts() : Map.of("volume", volume);
    try {
      return new KmsSettings(
          fields.required("key").text(),
          text(fields, "region"),
          endpoint(fields),
          pairs,
          CallLimits.DEFAULT);
    } catch (IllegalArgumentException e) {
      throw node.wrong(": " + e.getMessage());
    }
  }

  private KeySource wrapped(String volume, KmsSettings kms, ConfigNode node)
      throws WrongConfiguration {
    ConfigNode.Fields fields = node.fields("directory", "s3", "name");
    try {
      boolean directory = fields.exactlyOne("directory", "s3").equals("directory");
      if (directory) {
        Path path = fields.required("directory").path(base);
        String name = fields.text("name", volume + ".wrapped");
        return source(kms, new DirectoryStore(path), name);
      }
      if (fields.optional("name").isPresent()) {
        throw fields.required("name").wrong("belongs to 'directory'; for s3 give its 'key'");
      }
      return s3(kms, fields.required("s3"));
    } catch (IllegalArgumentException e) {
      throw node.wrong(": " + e.getMessage());
    }
  }

  private KeySource s3(KmsSettings kms, ConfigNode node) throws WrongConfiguration {
    ConfigNode.Fields fields =
        node.fields("bucket", "key", "region", "endpoint", "expected_bucket_owner");
    S3Settings settings =
        new S3Settings(
            fields.required("bucket").text(),
            "",
            text(fields, "region"),
            endpoint(fields),
            text(fields, "expected_bucket_owner"),
            CallLimits.DEFAULT);
    return source(kms, new S3Store(settings), fields.required("key").text());
  }

  private KeySource source(KmsSettings kms, WrappedSecretStore store, String name) {
    return new KmsKeySource(kms, store, name, observer);
  }

  private static Optional<String> text(ConfigNode.Fields fields, String name)
      throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional(name);
    return node.isEmpty() ? Optional.empty() : Optional.of(node.get().text());
  }

  private static Optional<URI> endpoint(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("endpoint");
    if (node.isEmpty()) {
      return Optional.empty();
    }
    String text = node.get().text();
    if (!text.matches("https?://[A-Za-z0-9.\\[\\]:-]+/?")) {
      throw node.get().wrong("is '%s' but must be http(s)://HOST[:PORT]".formatted(text));
    }
    return Optional.of(
        URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text));
  }
}
