package org.secretfs.keys;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

/**
 * Which key wraps the secret, and how to ask for it.
 *
 * @param keyId a key id, key ARN, alias ({@code alias/NAME}) or alias ARN; 1 to 2048 characters
 * @param region such as {@code eu-west-1}; empty: the key ARN's, the environment's ({@code
 *     AWS_REGION}, {@code AWS_DEFAULT_REGION}), the profile's, the instance's
 * @param endpoint {@code http} or {@code https}, host, port, no path; empty: the environment's
 *     ({@code AWS_ENDPOINT_URL_KMS}, {@code AWS_ENDPOINT_URL}) or the region's
 * @param encryptionContext non-secret pairs bound to the wrapped secret, shown in the service's
 *     audit trail; exactly those that the secret was wrapped with, possibly none
 * @param limits how long calls may take
 */
public record KmsSettings(
    String keyId,
    Optional<String> region,
    Optional<URI> endpoint,
    Map<String, String> encryptionContext,
    CallLimits limits) {
  /** Checks the ranges; throws {@link IllegalArgumentException} where one is broken. */
  public KmsSettings {
    AwsNames.requireKeyId(keyId);
    region.ifPresent(AwsNames::requireRegion);
    endpoint.ifPresent(AwsNames::requireEndpoint);
    encryptionContext = AwsNames.requireContext(encryptionContext);
  }

  /** A key with the region and endpoint of the environment, and default limits. */
  public static KmsSettings of(String keyId, Map<String, String> encryptionContext) {
    return new KmsSettings(
        keyId, Optional.empty(), Optional.empty(), encryptionContext, CallLimits.DEFAULT);
  }
}
