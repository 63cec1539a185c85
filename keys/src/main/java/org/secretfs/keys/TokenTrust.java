package org.secretfs.keys;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which places a token in a LUKS2 header may name. A header is not authenticated: whoever can write
 * the disk can write the token, and could send a machine's requests, or its credentials'
 * signatures, elsewhere, or have it open a volume with a secret that they know. So a place that
 * comes from a token is used only if it is allowed here.
 *
 * <p>Immutable; each {@code with} returns a new one.
 */
public final class TokenTrust {
  /**
   * The default: the services' own endpoints and those on this machine's loopback addresses; no
   * buckets; directories that belong to this process's user and that nobody else can write.
   */
  public static final TokenTrust LOCAL_ONLY = new TokenTrust(Set.of(), Set.of(), false);

  private final Set<String> endpoints;
  private final Set<String> buckets;
  private final boolean anyBucket;

  private TokenTrust(Set<String> endpoints, Set<String> buckets, boolean anyBucket) {
    this.endpoints = Set.copyOf(endpoints);
    this.buckets = Set.copyOf(buckets);
    this.anyBucket = anyBucket;
  }

  /** Also this endpoint: exactly this scheme, host and port. */
  public TokenTrust withEndpoint(URI endpoint) {
    AwsNames.requireEndpoint(endpoint);
    return new TokenTrust(plus(endpoints, origin(endpoint)), buckets, anyBucket);
  }

  /** Also this bucket. */
  public TokenTrust withBucket(String bucket) {
    AwsNames.requireBucket(bucket);
    return new TokenTrust(endpoints, plus(buckets, bucket), anyBucket);
  }

  /**
   * Every bucket that the credentials' policies let this machine read: right where those policies
   * name the buckets and keys, and wrong where they allow all of them.
   */
  public TokenTrust withAnyBucket() {
    return new TokenTrust(endpoints, buckets, true);
  }

  void requireEndpoint(URI endpoint) throws KeySourceException {
    if (!AwsEnvironment.isLoopback(endpoint) && !endpoints.contains(origin(endpoint))) {
      throw refused("endpoint", Text.shown(endpoint.toString()), new TreeSet<>(endpoints));
    }
  }

  void requireBucket(String bucket) throws KeySourceException {
    if (!anyBucket && !buckets.contains(bucket)) {
      throw refused("bucket", bucket, new TreeSet<>(buckets));
    }
  }

  void requireDirectory(Path directory) throws KeySourceException {
    DirectoryTrust.requirePrivate(directory);
  }

  private static KeySourceException refused(String what, String value, Set<String> allowed) {
    return new KeySourceException.Misconfigured(
        KeySourceCode.TOKEN_NOT_TRUSTED,
        "token in the header names the %s \"%s\", which is not allowed; allowed: %s"
            .formatted(what, value, allowed));
  }

  private static String origin(URI endpoint) {
    boolean secure = endpoint.getScheme().equals("https");
    int port = endpoint.getPort() != -1 ? endpoint.getPort() : secure ? 443 : 80;
    return "%s://%s:%d"
        .formatted(endpoint.getScheme(), endpoint.getHost().toLowerCase(Locale.ROOT), port);
  }

  private static Set<String> plus(Set<String> set, String element) {
    Set<String> larger = new HashSet<>(set);
    larger.add(element);
    return larger;
  }
}
