package org.secretfs.keys;

import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/** Region and endpoint where the settings leave them to the environment. */
final class AwsEnvironment {
  private static final Pattern ARN = Pattern.compile("arn:[^:]+:kms:([^:]+):.*");

  private AwsEnvironment() {}

  /**
   * The settings' endpoint or that of {@code AWS_ENDPOINT_URL_SERVICE}, {@code AWS_ENDPOINT_URL}.
   */
  static Optional<URI> endpoint(Optional<URI> configured, String service)
      throws KeySourceException {
    if (configured.isPresent()) {
      return configured;
    }
    Optional<String> text =
        variable("AWS_ENDPOINT_URL_" + service).or(() -> variable("AWS_ENDPOINT_URL"));
    return text.isEmpty() ? Optional.empty() : Optional.of(parsedEndpoint(text.get()));
  }

  private static URI parsedEndpoint(String text) throws KeySourceException {
    try {
      URI endpoint = URI.create(text);
      AwsNames.requireEndpoint(endpoint);
      return endpoint;
    } catch (IllegalArgumentException e) {
      throw new KeySourceException.Misconfigured(
          KeySourceCode.MISCONFIGURED, "environment AWS_ENDPOINT_URL: " + e.getMessage(), e);
    }
  }

  /**
   * The settings' region, the key ARN's, the environment's, the profile's, the instance's; asks the
   * instance's metadata service last, which can take seconds where there is none.
   */
  static Region region(Optional<String> configured, String keyId, Optional<URI> endpoint)
      throws KeySourceException {
    Optional<String> known =
        configured
            .or(() -> ofArn(keyId))
            .or(() -> variable("AWS_REGION"))
            .or(() -> variable("AWS_DEFAULT_REGION"));
    if (known.isPresent()) {
      return Region.of(known.get());
    }
    // A signature needs some region; a server of one's own on this machine has none.
    return endpoint.filter(AwsEnvironment::isLoopback).isPresent()
        ? Region.US_EAST_1
        : ofProfileOrInstance();
  }

  private static Region ofProfileOrInstance() throws KeySourceException {
    try {
      return new DefaultAwsRegionProviderChain().getRegion();
    } catch (SdkException e) {
      throw new KeySourceException.Misconfigured(
          KeySourceCode.MISCONFIGURED,
          "no region: not in the settings, the key's ARN, AWS_REGION, AWS_DEFAULT_REGION, the"
              + " profile, or the instance's metadata",
          e);
    }
  }

  private static Optional<String> ofArn(String keyId) {
    Matcher arn = ARN.matcher(keyId);
    return arn.matches() ? Optional.of(arn.group(1)) : Optional.empty();
  }

  // Literal addresses and the one reserved name only: resolving a name would ask the network.
  static boolean isLoopback(URI endpoint) {
    String host = endpoint.getHost();
    return host.equals("localhost")
        || host.equals("[::1]")
        || host.matches("127(\\.(0|[1-9][0-9]{0,2})){3}");
  }

  /** The file of authorities to trust, as the AWS CLI takes it. */
  static Optional<String> authorities() {
    return variable("AWS_CA_BUNDLE");
  }

  private static Optional<String> variable(String name) {
    @Nullable String value = System.getenv(name);
    return value == null || value.isEmpty() ? Optional.empty() : Optional.of(value);
  }
}
