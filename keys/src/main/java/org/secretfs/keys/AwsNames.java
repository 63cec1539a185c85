package org.secretfs.keys;

import java.net.URI;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules that names of AWS things keep. Each check throws IllegalArgumentException. */
final class AwsNames {
  static final int MOST_CONTEXT_PAIRS = 32;
  static final int MOST_CONTEXT_CHARS = 2048;

  private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9:/_-]{1,2048}");
  private static final Pattern REGION = Pattern.compile("[a-z][a-z0-9-]{1,31}");
  private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final Pattern KEY_PART = Pattern.compile("[^\\p{Cntrl}]{0,512}");
  private static final Pattern ACCOUNT = Pattern.compile("[0-9]{12}");
  private static final Set<String> SCHEMES = Set.of("http", "https");

  private AwsNames() {}

  static void requireKeyId(String keyId) {
    require("KMS key", keyId, KEY_ID);
  }

  static void requireRegion(String region) {
    require("region", region, REGION);
  }

  static void requireBucket(String bucket) {
    require("bucket", bucket, BUCKET);
  }

  static void requirePrefix(String prefix) {
    require("object name prefix", prefix, KEY_PART);
  }

  /** An object's name without the prefix: 1 to 512 characters, no control characters. */
  static void requireObjectName(String name) {
    require("object name", name, KEY_PART);
    if (name.isEmpty()) {
      throw new IllegalArgumentException("object name is empty");
    }
  }

  static void requireAccount(String account) {
    require("account", account, ACCOUNT);
  }

  static void requireEndpoint(URI endpoint) {
    String path = endpoint.getRawPath();
    boolean bare =
        (path == null || path.isEmpty() || path.equals("/"))
            && endpoint.getRawQuery() == null
            && endpoint.getRawFragment() == null
            && endpoint.getRawUserInfo() == null;
    if (endpoint.getHost() == null || !SCHEMES.contains(endpoint.getScheme()) || !bare) {
      throw new IllegalArgumentException(
          "endpoint \"%s\": must be http or https, a host and perhaps a port, nothing else"
              .formatted(Text.shown(endpoint.toString())));
    }
  }

  static Map<String, String> requireContext(Map<String, String> context) {
    int chars = context.entrySet().stream().mapToInt(AwsNames::length).sum();
    if (context.size() > MOST_CONTEXT_PAIRS || chars > MOST_CONTEXT_CHARS) {
      throw new IllegalArgumentException(
          "encryption context of %d pairs and %d characters: at most %d and %d"
              .formatted(context.size(), chars, MOST_CONTEXT_PAIRS, MOST_CONTEXT_CHARS));
    }
    if (context.containsKey("")) {
      throw new IllegalArgumentException("encryption context has a pair with an empty key");
    }
    return Map.copyOf(context);
  }

  private static int length(Map.Entry<String, String> pair) {
    return pair.getKey().length() + pair.getValue().length();
  }

  private static void require(String what, String value, Pattern rule) {
    if (!rule.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "%s \"%s\": must match %s".formatted(what, Text.shown(value), rule));
    }
  }
}
