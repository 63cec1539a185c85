package org.secretfs.cli.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.secretfs.block.FileBlockDevice.Caching;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.secretfs.keys.CallObserver;
import org.secretfs.keys.Keeping;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.VolumeId;
import org.secretfs.nbd.client.NbdUri;
import org.secretfs.proxy.AllowedClients;
import org.secretfs.proxy.BackingSpec;
import org.secretfs.proxy.ClientTls;
import org.secretfs.proxy.ExportSpec;
import org.secretfs.proxy.ExportSpec.OnSuspend;
import org.secretfs.proxy.KeyCheckSpec;
import org.secretfs.proxy.RateLimit;

/** Reads one export of {@code proxy.yaml}. */
final class ExportConfig {
  private static final int DEFAULT_CHUNK_BYTES = 64 << 10;
  private static final int MOST_PARTS = 64;
  private static final long LEAST_FILE_BYTES = 32L << 20;
  private static final long LEAST_HEADER_BYTES = 16L << 20;

  private final Path base;
  private final CallObserver observer;

  ExportConfig(Path base, CallObserver observer) {
    this.base = base;
    this.observer = observer;
  }

  ExportSpec read(String name, ConfigNode node) throws WrongConfiguration {
    ConfigNode.Fields fields =
        node.fields(
            "backing",
            "header",
            "create",
            "sector_size",
            "manifest",
            "manifest_epoch",
            "key_source",
            "clients",
            "read_only",
            "discards",
            "zeroes",
            "rate_limit",
            "open",
            "on_suspend",
            "key_check");
    if (!name.matches("[a-z0-9][a-z0-9._-]{0,63}")) {
      throw node.wrong(
          "is no export name: 1 to 64 of a-z, 0-9, dot, underscore, hyphen, beginning with a"
              + " letter or digit");
    }
    boolean readOnly = flag(fields, "read_only");
    boolean create = flag(fields, "create");
    if (readOnly && create) {
      throw fields.required("create").wrong("contradicts 'read_only: true'");
    }
    return new ExportSpec(
        new VolumeId(name),
        backing(fields.required("backing"), LEAST_FILE_BYTES),
        header(fields),
        create,
        sectorSize(fields),
        VolumeConfig.manifest(fields),
        keySource(name, fields.required("key_source")),
        clients(fields.required("clients")),
        readOnly,
        word(fields, "discards", "ignore", "pass_down").equals("pass_down"),
        word(fields, "zeroes", "encrypt", "punch").equals("punch"),
        rateLimit(fields),
        word(fields, "open", "at_first_use", "at_start").equals("at_start"),
        word(fields, "on_suspend", "wait", "fail").equals("wait") ? OnSuspend.WAIT : OnSuspend.FAIL,
        keyCheck(fields),
        node.canonical());
  }

  private KeySource keySource(String name, ConfigNode node) throws WrongConfiguration {
    KeySource source = new KeySourceConfig(base, observer).read(name, node);
    if (source.keeping() != Keeping.STORED) {
      throw node.wrong("is throw-away, and an export's volume is kept");
    }
    return source;
  }

  private static boolean flag(ConfigNode.Fields fields, String name) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional(name);
    return node.isPresent() && node.get().flag();
  }

  private static String word(
      ConfigNode.Fields fields, String name, String otherwise, String... others)
      throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional(name);
    List<String> words = new ArrayList<>(List.of(others));
    words.add(otherwise);
    return node.isEmpty() ? otherwise : node.get().oneOf(words.toArray(String[]::new));
  }

  private Optional<BackingSpec> header(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("header");
    return node.isEmpty() ? Optional.empty() : Optional.of(backing(node.get(), LEAST_HEADER_BYTES));
  }

  private BackingSpec backing(ConfigNode node, long leastFileBytes) throws WrongConfiguration {
    ConfigNode.Fields fields =
        node.fields("file", "size", "device", "caching", "nbd", "tls", "stripe", "chunk");
    String kind = fields.exactlyOne("file", "device", "nbd", "stripe");
    refuseStray(fields, "size", kind.equals("file"), "file");
    refuseStray(
        fields, "caching", kind.equals("file") || kind.equals("device"), "file' or 'device");
    refuseStray(fields, "tls", kind.equals("nbd"), "nbd");
    refuseStray(fields, "chunk", kind.equals("stripe"), "stripe");
    return switch (kind) {
      case "file" ->
          new BackingSpec.FileBacking(
              fields.required("file").path(base), size(fields, leastFileBytes), caching(fields));
      case "device" -> device(fields);
      case "nbd" -> nbd(fields);
      default -> stripe(fields, leastFileBytes);
    };
  }

  private static void refuseStray(
      ConfigNode.Fields fields, String name, boolean belongs, String owner)
      throws WrongConfiguration {
    Optional<ConfigNode> stray = fields.optional(name);
    if (stray.isPresent() && !belongs) {
      throw stray.get().wrong("belongs to '%s'".formatted(owner));
    }
  }

  private static OptionalLong size(ConfigNode.Fields fields, long leastBytes)
      throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("size");
    if (node.isEmpty()) {
      return OptionalLong.empty();
    }
    OptionalLong size = Sizes.parse(node.get().text());
    if (size.isEmpty() || size.getAsLong() < leastBytes || size.getAsLong() % 4096 != 0) {
      throw node.get()
          .wrong(
              "is '%s' but must be a size such as 2GiB, at least %s and a multiple of 4096 bytes"
                  .formatted(node.get().text(), Sizes.format(leastBytes)));
    }
    return size;
  }

  private BackingSpec device(ConfigNode.Fields fields) throws WrongConfiguration {
    ConfigNode node = fields.required("device");
    if (!node.text().startsWith("/")) {
      throw node.wrong("is '%s' but must be an absolute path".formatted(node.text()));
    }
    return new BackingSpec.FileBacking(node.path(base), OptionalLong.empty(), caching(fields));
  }

  private static Caching caching(ConfigNode.Fields fields) throws WrongConfiguration {
    return word(fields, "caching", "page_cache", "direct").equals("direct")
        ? Caching.DIRECT
        : Caching.PAGE_CACHE;
  }

  private BackingSpec nbd(ConfigNode.Fields fields) throws WrongConfiguration {
    ConfigNode node = fields.required("nbd");
    Optional<ConfigNode> tls = fields.optional("tls");
    Optional<ClientTls> files =
        tls.isEmpty() ? Optional.empty() : Optional.of(clientTls(tls.get()));
    try {
      ClientTls.requireFitting(NbdUri.parse(node.text()), files);
      return new BackingSpec.NbdBacking(URI.create(node.text()), files);
    } catch (IllegalArgumentException e) {
      throw node.wrong("is '%s' but %s".formatted(node.text(), e.getMessage()));
    }
  }

  private ClientTls clientTls(ConfigNode node) throws WrongConfiguration {
    ConfigNode.Fields fields = node.fields("authorities", "certificate", "key", "server_name");
    try {
      return new ClientTls(
          path(fields, "authorities"),
          path(fields, "certificate"),
          path(fields, "key"),
          fields.optional("server_name").isEmpty()
              ? Optional.empty()
              : Optional.of(fields.required("server_name").text()));
    } catch (IllegalArgumentException e) {
      throw node.wrong("is incomplete: " + e.getMessage());
    }
  }

  private Optional<Path> path(ConfigNode.Fields fields, String name) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional(name);
    return node.isEmpty() ? Optional.empty() : Optional.of(node.get().path(base));
  }

  private BackingSpec stripe(ConfigNode.Fields fields, long leastFileBytes)
      throws WrongConfiguration {
    ConfigNode list = fields.required("stripe");
    List<BackingSpec> parts = new ArrayList<>();
    for (ConfigNode item : list.items()) {
      parts.add(backing(item, leastFileBytes));
    }
    if (parts.size() < 2 || parts.size() > MOST_PARTS) {
      throw list.wrong("has %d parts but must have 2 to %d".formatted(parts.size(), MOST_PARTS));
    }
    return new BackingSpec.StripeBacking(parts, chunk(fields));
  }

  private static int chunk(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("chunk");
    if (node.isEmpty()) {
      return DEFAULT_CHUNK_BYTES;
    }
    long bytes = Sizes.parse(node.get().text()).orElse(0);
    if (bytes < 4096 || bytes > 16 << 20 || Long.bitCount(bytes) != 1) {
      throw node.get()
          .wrong(
              "is '%s' but must be a power of two from 4KiB to 16MiB".formatted(node.get().text()));
    }
    return (int) bytes;
  }

  private static OptionalInt sectorSize(ConfigNode.Fields fields) throws WrongConfiguration {
    String size = word(fields, "sector_size", "auto", "512", "1024", "2048", "4096");
    return size.equals("auto") ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(size));
  }

  private static AllowedClients clients(ConfigNode node) throws WrongConfiguration {
    if (node.isText()) {
      String _ = node.oneOf("any");
      return AllowedClients.ANYONE;
    }
    Set<String> subjects = new HashSet<>();
    Set<String> spiffeIds = new HashSet<>();
    Set<Long> userIds = new HashSet<>();
    for (ConfigNode item : node.items()) {
      ConfigNode.Fields fields = item.fields("subject", "spiffe", "uid");
      switch (fields.exactlyOne("subject", "spiffe", "uid")) {
        case "subject" -> subjects.add(subject(fields.required("subject")));
        case "spiffe" -> spiffeIds.add(spiffe(fields.required("spiffe")));
        default -> userIds.add(uid(fields.required("uid")));
      }
    }
    return new AllowedClients(false, subjects, spiffeIds, userIds);
  }

  /** In the form in which certificates are told: RFC 2253. */
  private static String subject(ConfigNode node) throws WrongConfiguration {
    try {
      return new javax.security.auth.x500.X500Principal(node.text()).getName();
    } catch (IllegalArgumentException e) {
      throw node.wrong("is no distinguished name such as CN=db1,O=Example");
    }
  }

  private static String spiffe(ConfigNode node) throws WrongConfiguration {
    if (!node.text().matches("spiffe://[a-z0-9._-]+(/[A-Za-z0-9._-]+)*")) {
      throw node.wrong("is '%s' but must be spiffe://DOMAIN/PATH".formatted(node.text()));
    }
    return node.text();
  }

  private static long uid(ConfigNode node) throws WrongConfiguration {
    if (!node.text().matches("\\d{1,9}")) {
      throw node.wrong("is '%s' but must be a user's number".formatted(node.text()));
    }
    return Long.parseLong(node.text());
  }

  private static RateLimit rateLimit(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("rate_limit");
    if (node.isEmpty()) {
      return RateLimit.NONE;
    }
    ConfigNode.Fields limits = node.get().fields("bytes_per_second", "requests_per_second");
    return new RateLimit(
        positive(limits, "bytes_per_second"), positive(limits, "requests_per_second"));
  }

  private static long positive(ConfigNode.Fields fields, String name) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional(name);
    if (node.isEmpty()) {
      return 0;
    }
    long value = Sizes.parse(node.get().text()).orElse(0);
    if (value < 1) {
      throw node.get().wrong("is '%s' but must be 1 or more".formatted(node.get().text()));
    }
    return value;
  }

  private static KeyCheckSpec keyCheck(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("key_check");
    if (node.isEmpty()) {
      return KeyCheckSpec.DEFAULT;
    }
    ConfigNode.Fields rules = node.get().fields("every", "jitter", "grace");
    Optional<ConfigNode> every = rules.optional("every");
    Optional<ConfigNode> jitter = rules.optional("jitter");
    Optional<ConfigNode> grace = rules.optional("grace");
    return new KeyCheckSpec(
        every.isEmpty() ? KeyCheckSpec.DEFAULT.every() : Durations.of(every.get()),
        jitter.isEmpty() ? KeyCheckSpec.DEFAULT.jitterPercent() : percent(jitter.get()),
        grace.isEmpty() ? KeyCheckSpec.DEFAULT.grace() : Durations.of(grace.get()));
  }

  private static int percent(ConfigNode node) throws WrongConfiguration {
    if (!node.text().matches("([0-9]|[1-4][0-9]|50)%")) {
      throw node.wrong("is '%s' but must be 0%% to 50%%".formatted(node.text()));
    }
    return Integer.parseInt(node.text().replace("%", ""));
  }
}
