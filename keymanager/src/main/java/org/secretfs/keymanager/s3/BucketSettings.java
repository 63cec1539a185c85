package org.secretfs.keymanager.s3;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which buckets there are.
 *
 * @param directory has a directory for each bucket
 * @param buckets their names, 3 to 63 small letters, digits, dots and hyphens
 */
public record BucketSettings(Path directory, List<String> buckets) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

  /** Checks the names; throws {@link IllegalArgumentException} where one breaks the rule. */
  public BucketSettings {
    buckets = List.copyOf(buckets);
    for (String bucket : buckets) {
      if (!NAME.matcher(bucket).matches() || bucket.contains("..")) {
        throw new IllegalArgumentException(
            "bucket \"%s\": must match %s, without two dots in a row".formatted(bucket, NAME));
      }
    }
    if (buckets.isEmpty() || buckets.stream().distinct().count() < buckets.size()) {
      throw new IllegalArgumentException("buckets: at least one, and none twice");
    }
  }
}
