package org.secretfs.cli.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.secretfs.cli.input.PassphrasePrompt;
import org.secretfs.keys.CallLimits;
import org.secretfs.keys.CallObserver;
import org.secretfs.keys.DirectoryStore;
import org.secretfs.keys.Escrow;
import org.secretfs.keys.Keeping;
import org.secretfs.keys.KeyFileSource;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.KmsKeySource;
import org.secretfs.keys.KmsSettings;
import org.secretfs.keys.PassphraseKeySource;
import org.secretfs.keys.S3Settings;
import org.secretfs.keys.S3Store;
import org.secretfs.keys.ThrowawayKeySource;
import org.secretfs.keys.WrappedSecretStore;

/** Reads a volume's key source. */
final class KeySourceConfig {
  /** As many as manifests are looked at in a header. */
  private static final int MOST_SOURCES = 4;

  private static final int MOST_KEY_BYTES = 4096;
  private static final int MOST_DESCRIPTOR = 1 << 20;

  private final Path base;
  private final CallObserver observer;

  KeySourceConfig(Path base, CallObserver observer) {
    this.base = base;
    this.observer = observer;
  }

  /** Reads one source, or a list of them that are tried in order. */
  List<KeySource> readAll(String volume, ConfigNode node) throws WrongConfiguration {
    if (!node.isList()) {
      return List.of(read(volume, node));
    }
    List<ConfigNode> items = node.items();
    if (items.isEmpty() || items.size() > MOST_SOURCES) {
      throw node.wrong("must be 1 to %d key sources".formatted(MOST_SOURCES));
    }
    List<KeySource> sources = new ArrayList<>();
    for (ConfigNode item : items) {
      KeySource source = read(volume, item);
      if (items.size() > 1 && source.keeping() != Keeping.STORED) {
        throw item.wrong("is throw-away, so it must be the only one; see its 'escrow'");
      }
      sources.add(source);
    }
    return sources;
  }

  KeySource read(String volume, ConfigNode node) throws WrongConfiguration {
    ConfigNode.Fields fields =
        node.fields("kms", "wrapped_secret", "key_file", "passphrase", "throwaway");
    String kind = fields.exactlyOne("kms", "key_file", "passphrase", "throwaway");
    if (kind.equals("kms")) {
      KmsSettings kms = kms(volume, fields.required("kms"));
      return wrapped(volume, kms, fields.required("wrapped_secret"));
    }
    if (fields.optional("wrapped_secret").isPresent()) {
      throw fields.required("wrapped_secret").wrong("belongs to 'kms'");
    }
    ConfigNode settings = fields.required(kind);
    return switch (kind) {
      case "key_file" -> keyFile(settings);
      case "passphrase" -> passphrase(settings);
      default -> throwaway(settings);
    };
  }

  private KeySource keyFile(ConfigNode node) throws WrongConfiguration {
    if (node.isText()) {
      return new KeyFileSource(node.path(base));
    }
    ConfigNode.Fields fields = node.fields("path", "offset", "size");
    Optional<ConfigNode> offset = fields.optional("offset");
    Optional<ConfigNode> size = fields.optional("size");
    return new KeyFileSource(
        fields.required("path").path(base),
        offset.isEmpty() ? 0 : number(offset.get(), 0, Long.MAX_VALUE),
        size.isEmpty()
            ? OptionalInt.empty()
            : OptionalInt.of((int) number(size.get(), 1, MOST_KEY_BYTES)));
  }

  private static long number(ConfigNode node, long least, long most) throws WrongConfiguration {
    if (node.text().matches("[0-9]{1,18}")) {
      long number = Long.parseLong(node.text());
      if (number >= least && number <= most) {
        return number;
      }
    }
    throw node.wrong(
        most == Long.MAX_VALUE
            ? "must be a number of %d or more".formatted(least)
            : "must be a number of %d to %d".formatted(least, most));
  }

  private static KeySource passphrase(ConfigNode node) throws WrongConfiguration {
    ConfigNode.Fields fields = node.fields("ask", "fd");
    Optional<ConfigNode> descriptor = fields.optional("fd");
    if (descriptor.isPresent()) {
      if (fields.optional("ask").isPresent()) {
        throw fields.required("ask").wrong("contradicts 'fd'");
      }
      return new PassphraseKeySource(
          PassphrasePrompt.ofDescriptor((int) number(descriptor.get(), 0, MOST_DESCRIPTOR)));
    }
    String ask =
        fields.optional("ask").isEmpty()
            ? "auto"
            : fields.required("ask").oneOf("auto", "terminal", "systemd", "stdin");
    return new PassphraseKeySource(
        PassphrasePrompt.of(PassphrasePrompt.From.valueOf(ask.toUpperCase(Locale.ROOT))));
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
