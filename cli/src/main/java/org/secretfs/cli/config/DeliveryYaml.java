package org.secretfs.cli.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.secretfs.keymanager.DeliverySettings;
import org.secretfs.keymanager.s3.BucketSettings;
import org.secretfs.keymanager.trail.TrailSettings;
import org.secretfs.keys.CallLimits;
import org.secretfs.keys.S3Settings;

/** Reads the parts of {@code keymanager.yaml} that tell where objects and the trail go. */
final class DeliveryYaml {
  static final String DIRECTORY = "buckets_directory";
  static final String BUCKETS = "buckets";
  static final String TRAIL = "trail";
  private static final String S3 = "s3";

  private DeliveryYaml() {}

  static DeliverySettings of(Path base, ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> trail = fields.optional(TRAIL);
    return new DeliverySettings(
        buckets(base, fields),
        trail.isPresent() ? Optional.of(trail(trail.get())) : Optional.empty());
  }

  private static Optional<BucketSettings> buckets(Path base, ConfigNode.Fields fields)
      throws WrongConfiguration {
    Optional<ConfigNode> buckets = fields.optional(BUCKETS);
    if (buckets.isEmpty()) {
      return Optional.empty();
    }
    List<String> names = new ArrayList<>();
    for (ConfigNode item : buckets.get().items()) {
      names.add(item.text());
    }
    Path directory = fields.required(DIRECTORY).path(base);
    try {
      return Optional.of(new BucketSettings(directory, names));
    } catch (IllegalArgumentException e) {
      throw buckets.get().wrong(": " + e.getMessage());
    }
  }

  private static ConfigNode.Fields fields(ConfigNode trail) throws WrongConfiguration {
    return trail.fields(
        "name", "bucket", "prefix", "log_minutes", "digest_minutes", "key_days", S3);
  }

  private static TrailSettings trail(ConfigNode trail) throws WrongConfiguration {
    ConfigNode.Fields fields = fields(trail);
    TrailSettings usual =
        TrailSettings.of(fields.text("name", "secretfs"), fields.required("bucket").text());
    try {
      return new TrailSettings(
          usual.name(),
          usual.bucket(),
          fields.text("prefix", ""),
          Duration.ofMinutes(number(fields, "log_minutes", usual.logPeriod().toMinutes())),
          Duration.ofMinutes(number(fields, "digest_minutes", usual.digestPeriod().toMinutes())),
          Duration.ofDays(number(fields, "key_days", usual.keyLifetime().toDays())));
    } catch (IllegalArgumentException e) {
      throw trail.wrong(": " + e.getMessage());
    }
  }

  private static long number(ConfigNode.Fields fields, String name, long otherwise)
      throws WrongConfiguration {
    Optional<ConfigNode> value = fields.optional(name);
    if (value.isEmpty()) {
      return otherwise;
    }
    if (!value.get().text().matches("[1-9][0-9]{0,5}")) {
      throw value.get().wrong("must be a whole number from 1");
    }
    return Long.parseLong(value.get().text());
  }

  /** Where the trail goes, if not into a bucket that is served here. */
  static Optional<S3Settings> elsewhere(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> trail = fields.optional(TRAIL);
    Optional<ConfigNode> s3 =
        trail.isPresent() ? fields(trail.get()).optional(S3) : Optional.empty();
    if (trail.isEmpty() || s3.isEmpty()) {
      return Optional.empty();
    }
    ConfigNode.Fields where = s3.get().fields("region", "endpoint", "expected_bucket_owner");
    try {
      return Optional.of(
          new S3Settings(
              fields(trail.get()).required("bucket").text(),
              "",
              text(where, "region"),
              text(where, "endpoint").map(URI::create),
              text(where, "expected_bucket_owner"),
              CallLimits.DEFAULT));
    } catch (IllegalArgumentException e) {
      throw s3.get().wrong(": " + e.getMessage());
    }
  }

  private static Optional<String> text(ConfigNode.Fields fields, String name)
      throws WrongConfiguration {
    Optional<ConfigNode> value = fields.optional(name);
    return value.isPresent() ? Optional.of(value.get().text()) : Optional.empty();
  }
}
