package org.secretfs.keys;

import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads what {@link KmsKeySource#tokenFacts} wrote, or what an attacker did. */
final class TokenReader {
  private static final int MOST_CHARS = 2048;

  private final Map<String, Object> facts;
  private final TokenTrust trust;
  private final CallObserver observer;

  TokenReader(Map<String, Object> facts, TokenTrust trust, CallObserver observer) {
    this.facts = facts;
    this.trust = trust;
    this.observer = observer;
  }

  KeySource keySource() throws KeySourceException {
    String kind = text(facts, "kind");
    if (kind.equals(ThrowawayKeySource.KIND)) {
      throw new KeySourceException.NotFound(
          KeySourceCode.SECRET_NOT_KEPT,
          "secretfs token in the header: the key of this volume was thrown away"
              + (facts.containsKey("escrow") ? "; the holder of its escrow can open it" : ""));
    }
    if (!kind.equals("kms")) {
      throw malformed("kind \"%s\": must be kms".formatted(Text.shown(kind)));
    }
    requireOnly(
        facts,
        Set.of("kind", "key_id", "region", "endpoint", "encryption_context", "wrapped_secret"));
    Map<String, Object> place = map(facts, "wrapped_secret");
    String name = text(place, "name");
    try {
      return new KmsKeySource(kmsSettings(), store(place), name, observer);
    } catch (IllegalArgumentException e) {
      throw malformed(String.valueOf(e.getMessage()));
    }
  }

  private KmsSettings kmsSettings() throws KeySourceException {
    return new KmsSettings(
        text(facts, "key_id"),
        optionalText(facts, "region"),
        endpoint(facts),
        context(),
        CallLimits.DEFAULT);
  }

  private Map<String, String> context() throws KeySourceException {
    Map<String, Object> found = map(facts, "encryption_context");
    if (found.size() > AwsNames.MOST_CONTEXT_PAIRS) {
      throw malformed("encryption_context has %d pairs".formatted(found.size()));
    }
    Map<String, String> context = new HashMap<>();
    for (String key : found.keySet()) {
      context.put(key, text(found, key));
    }
    return context;
  }

  private WrappedSecretStore store(Map<String, Object> place) throws KeySourceException {
    String kind = text(place, "store");
    return switch (kind) {
      case "s3" -> s3(place);
      case "directory" -> directory(place);
      default ->
          throw malformed("store \"%s\": must be s3 or directory".formatted(Text.shown(kind)));
    };
  }

  private WrappedSecretStore s3(Map<String, Object> place) throws KeySourceException {
    requireOnly(
        place,
        Set.of("store", "name", "bucket", "prefix", "region", "endpoint", "expected_bucket_owner"));
    S3Settings settings =
        new S3Settings(
            text(place, "bucket"),
            text(place, "prefix"),
            optionalText(place, "region"),
            endpoint(place),
            optionalText(place, "expected_bucket_owner"),
            CallLimits.DEFAULT);
    trust.requireBucket(settings.bucket());
    return new S3Store(settings);
  }

  private WrappedSecretStore directory(Map<String, Object> place) throws KeySourceException {
    requireOnly(place, Set.of("store", "name", "path"));
    Path path = path(text(place, "path"));
    trust.requireDirectory(path);
    return new DirectoryStore(path);
  }

  private static Path path(String text) throws KeySourceException {
    try {
      Path path = Path.of(text);
      if (path.isAbsolute() && path.equals(path.normalize())) {
        return path;
      }
    } catch (InvalidPathException e) {
      throw malformed("path cannot be one of this system");
    }
    throw malformed("path \"%s\": must be absolute and without \"..\"".formatted(Text.shown(text)));
  }

  private Optional<URI> endpoint(Map<String, Object> of) throws KeySourceException {
    Optional<String> text = optionalText(of, "endpoint");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    URI endpoint = URI.create(text.get());
    AwsNames.requireEndpoint(endpoint);
    trust.requireEndpoint(endpoint);
    return Optional.of(endpoint);
  }

  private static void requireOnly(Map<String, Object> of, Set<String> known)
      throws KeySourceException {
    for (String member : of.keySet()) {
      if (!known.contains(member)) {
        throw malformed(
            "member \"%s\" is unknown: must be one of %s"
                .formatted(Text.shown(member), new TreeSet<>(known)));
      }
    }
  }

  private static String text(Map<String, Object> of, String member) throws KeySourceException {
    return optionalText(of, member)
        .orElseThrow(() -> malformed("member \"%s\" is missing".formatted(Text.shown(member))));
  }

  private static Optional<String> optionalText(Map<String, Object> of, String member)
      throws KeySourceException {
    @Nullable Object value = of.get(member);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof String text && text.length() <= MOST_CHARS) {
      return Optional.of(text);
    }
    throw malformed(
        "member \"%s\" must be a text of at most %d characters"
            .formatted(Text.shown(member), MOST_CHARS));
  }

  private static Map<String, Object> map(Map<String, Object> of, String member)
      throws KeySourceException {
    if (!(of.get(member) instanceof Map<?, ?> found)) {
      throw malformed("member \"%s\" is missing or no object".formatted(member));
    }
    Map<String, Object> copy = new HashMap<>();
    for (Map.Entry<?, ?> entry : found.entrySet()) {
      if (!(entry.getKey() instanceof String key) || entry.getValue() == null) {
        throw malformed("member \"%s\" has a member that is null".formatted(member));
      }
      copy.put(key, entry.getValue());
    }
    return copy;
  }

  private static KeySourceException malformed(String what) {
    return new KeySourceException.Malformed("secretfs token in the header: " + what);
  }
}
