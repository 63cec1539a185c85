package org.secretfs.audit.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A digest file: names the log files of a while by their hashes, and the digest before it.
 *
 * @param accountId whose trail it is
 * @param start the end of the digest before it
 * @param end the end of its own time
 * @param bucket where it is
 * @param key its name there
 * @param fingerprint of the public key that verifies it
 * @param previous the digest before it; null for the first
 * @param logs the log files delivered in its time
 * @spec
 *     https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 *     CloudTrail digest file structure
 */
record Digest(
    String accountId,
    Instant start,
    Instant end,
    String bucket,
    String key,
    String fingerprint,
    @Nullable Previous previous,
    List<Log> logs) {
  static final String HASH_ALGORITHM = "SHA-256";

  /** The metadata that holds the signature, in hexadecimal digits. */
  static final String SIGNATURE = "signature";

  /** The metadata that names the algorithm. */
  static final String SIGNATURE_ALGORITHM = "signature-algorithm";

  Digest {
    logs = List.copyOf(logs);
  }

  /**
   * The digest before.
   *
   * @param bucket where it is
   * @param key its name
   * @param hashValue SHA-256 of its content, uncompressed
   * @param signature its signature, in hexadecimal digits
   */
  record Previous(String bucket, String key, String hashValue, String signature) {}

  /**
   * A log file.
   *
   * @param bucket where it is
   * @param key its name
   * @param hashValue SHA-256 of its content, uncompressed
   * @param newest the time of its newest record
   * @param oldest the time of its oldest record
   */
  record Log(String bucket, String key, String hashValue, String newest, String oldest) {}

  byte[] toJson() {
    ObjectNode json = TrailJson.MAPPER.createObjectNode();
    json.put("awsAccountId", accountId);
    json.put("digestStartTime", TrailJson.time(start));
    json.put("digestEndTime", TrailJson.time(end));
    json.put("digestS3Bucket", bucket);
    json.put("digestS3Object", key);
    json.put("digestPublicKeyFingerprint", fingerprint);
    json.put("digestSignatureAlgorithm", DigestSigner.ALGORITHM);
    // Times in this form sort as texts.
    json.put("newestEventTime", logs.stream().map(Log::newest).max(String::compareTo).orElse(null));
    json.put("oldestEventTime", logs.stream().map(Log::oldest).min(String::compareTo).orElse(null));
    putPrevious(json);
    var array = json.putArray("logFiles");
    for (Log log : logs) {
      array
          .addObject()
          .put("s3Bucket", log.bucket())
          .put("s3Object", log.key())
          .put("hashValue", log.hashValue())
          .put("hashAlgorithm", HASH_ALGORITHM)
          .put("newestEventTime", log.newest())
          .put("oldestEventTime", log.oldest());
    }
    return TrailJson.bytes(json);
  }

  private void putPrevious(ObjectNode json) {
    Previous before = previous;
    json.put("previousDigestS3Bucket", before == null ? null : before.bucket());
    json.put("previousDigestS3Object", before == null ? null : before.key());
    json.put("previousDigestHashValue", before == null ? null : before.hashValue());
    json.put("previousDigestHashAlgorithm", before == null ? null : HASH_ALGORITHM);
    json.put("previousDigestSignature", before == null ? null : before.signature());
  }

  /** What is signed: end, place, hash and the signature before, each on a line of its own. */
  byte[] signingText(byte[] json) {
    return String.join(
            "\n",
            TrailJson.time(end),
            bucket + "/" + key,
            Gzip.sha256(json),
            previous == null ? "null" : previous.signature())
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Reads one; fails with the rule that is broken. */
  static Digest read(byte[] content) throws IOException {
    JsonNode json = TrailJson.MAPPER.readTree(content);
    List<Log> logs = new ArrayList<>();
    for (JsonNode log : json.path("logFiles")) {
      require(log, "hashAlgorithm", HASH_ALGORITHM);
      logs.add(
          new Log(
              text(log, "s3Bucket"),
              text(log, "s3Object"),
              text(log, "hashValue"),
              text(log, "newestEventTime"),
              text(log, "oldestEventTime")));
    }
    require(json, "digestSignatureAlgorithm", DigestSigner.ALGORITHM);
    return new Digest(
        text(json, "awsAccountId"),
        time(json, "digestStartTime"),
        time(json, "digestEndTime"),
        text(json, "digestS3Bucket"),
        text(json, "digestS3Object"),
        text(json, "digestPublicKeyFingerprint"),
        previous(json),
        logs);
  }

  private static @Nullable Previous previous(JsonNode json) throws IOException {
    if (json.path("previousDigestSignature").isNull()) {
      return null;
    }
    require(json, "previousDigestHashAlgorithm", HASH_ALGORITHM);
    return new Previous(
        text(json, "previousDigestS3Bucket"),
        text(json, "previousDigestS3Object"),
        text(json, "previousDigestHashValue"),
        text(json, "previousDigestSignature"));
  }

  private static void require(JsonNode json, String name, String value) throws IOException {
    if (!text(json, name).equals(value)) {
      throw new IOException("%s is not %s".formatted(name, value));
    }
  }

  private static Instant time(JsonNode json, String name) throws IOException {
    try {
      return Instant.parse(text(json, name));
    } catch (DateTimeException e) {
      throw new IOException(name + " is no time", e);
    }
  }

  private static String text(JsonNode json, String name) throws IOException {
    JsonNode value = json.path(name);
    if (!value.isTextual()) {
      throw new IOException(name + " is missing");
    }
    return value.textValue();
  }
}
