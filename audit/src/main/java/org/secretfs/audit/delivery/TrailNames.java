package org.secretfs.audit.delivery;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What the files of a trail are called.
 *
 * @param accountId 12 digits
 * @param region as in {@code us-east-1}; home region and source region at once
 * @param trail the trail's name, 3 to 128 characters
 * @param bucket where the files are, 3 to 63 characters
 * @param prefix put before each key and a slash; may be empty
 * @spec
 *     https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 *     Where CloudTrail's log files are
 * @spec
 *     https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 *     CloudTrail digest file structure
 */
public record TrailNames(
    String accountId, String region, String trail, String bucket, String prefix) {
  /** What follows the name of every file. */
  static final String SUFFIX = ".json.gz";

  private static final Pattern TRAIL =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,126}[a-zA-Z0-9]");
  private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final Pattern PREFIX = Pattern.compile("|[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}");
  private static final DateTimeFormatter DAY = format("uuuu/MM/dd");
  private static final DateTimeFormatter MINUTE = format("uuuuMMdd'T'HHmm'Z'");
  private static final DateTimeFormatter SECOND = format("uuuuMMdd'T'HHmmss'Z'");

  /** Throws {@link IllegalArgumentException} where a name has not the form of one. */
  public TrailNames {
    require(TRAIL, "trail name", trail);
    require(BUCKET, "trail bucket", bucket);
    require(PREFIX, "trail prefix", prefix);
  }

  private static void require(Pattern form, String what, String value) {
    if (!form.matcher(value).matches()) {
      throw new IllegalArgumentException("%s \"%s\": must match %s".formatted(what, value, form));
    }
  }

  private static DateTimeFormatter format(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
  }

  /** The trail's ARN. */
  public String arn() {
    return "arn:aws:cloudtrail:%s:%s:trail/%s".formatted(region, accountId, trail);
  }

  /** What the keys of all files begin with. */
  public String root() {
    return (prefix.isEmpty() ? "" : prefix + "/") + "AWSLogs/" + accountId + "/";
  }

  /** What the keys of log files begin with. */
  String logs() {
    return root() + "CloudTrail/" + region + "/";
  }

  /** What the keys of digest files begin with. */
  String digests() {
    return root() + "CloudTrail-Digest/" + region + "/";
  }

  String log(Instant delivered, String unique) {
    return "%s%s/%s_CloudTrail_%s_%s_%s%s"
        .formatted(
            logs(),
            DAY.format(delivered),
            accountId,
            region,
            MINUTE.format(delivered),
            unique,
            SUFFIX);
  }

  String digest(Instant end) {
    return "%s%s/%s_CloudTrail-Digest_%s_%s_%s_%s%s"
        .formatted(
            digests(),
            DAY.format(end),
            accountId,
            region,
            trail,
            region,
            SECOND.format(end),
            SUFFIX);
  }
}
