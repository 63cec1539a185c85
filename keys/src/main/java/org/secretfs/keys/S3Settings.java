package org.secretfs.keys;

import java.net.URI;
import java.util.Optional;

/**
 * Which bucket keeps wrapped secrets, and how to reach it.
 *
 * @param bucket a bucket's name, 3 to 63 characters; not an ARN
 * @param prefix put before each name, such as {@code volumes/}; may be empty; at most 512
 *     characters
 * @param region as in {@link KmsSettings}
 * @param endpoint as in {@link KmsSettings}, with {@code AWS_ENDPOINT_URL_S3}; with an endpoint the
 *     bucket is named in the path
 * @param expectedBucketOwner the 12 digits of the account that must own the bucket; requests to
 *     another's bucket of the same name fail
 * @param limits how long calls may take
 */
public record S3Settings(
    String bucket,
    String prefix,
    Optional<String> region,
    Optional<URI> endpoint,
    Optional<String> expectedBucketOwner,
    CallLimits limits) {
  /** Checks the ranges; throws {@link IllegalArgumentException} where one is broken. */
  public S3Settings {
    AwsNames.requireBucket(bucket);
    AwsNames.requirePrefix(prefix);
    region.ifPresent(AwsNames::requireRegion);
    endpoint.ifPresent(AwsNames::requireEndpoint);
    expectedBucketOwner.ifPresent(AwsNames::requireAccount);
  }

  /** A bucket with the region and endpoint of the environment, and default limits. */
  public static S3Settings of(String bucket) {
    return new S3Settings(
        bucket, "", Optional.empty(), Optional.empty(), Optional.empty(), CallLimits.DEFAULT);
  }
}
