package org.secretfs.audit.delivery;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks a trail's files with public keys alone: the chain of signed digests from the first to the
 * last, each log file that they name, and that no record's number is missing. For one trail.
 *
 * <p>What it cannot find: digests removed from the end, unless it is told the last record that must
 * be there; and what happened since the last digest.
 */
public final class TrailVerifier {
  private static final Pattern DIGEST =
      Pattern.compile(
          "((?:[^/]+/)?AWSLogs/[0-9]{12}/)CloudTrail-Digest/([^/]+)/"
              + "[0-9]{4}/[0-9]{2}/[0-9]{2}/(.+)_[0-9]{8}T[0-9]{6}Z\\.json\\.gz");
  private static final int MOST_PROBLEMS = 1000;

  private final TrailFiles files;
  private final Map<String, TrailKey> keys = new HashMap<>();
  private final List<String> problems = new ArrayList<>();
  private final Set<String> named = new HashSet<>();
  private final SequenceWalk records = new SequenceWalk();
  private int digests;
  private int logs;

  private TrailVerifier(TrailFiles files, List<TrailKey> keys) {
    this.files = files;
    keys.forEach(key -> this.keys.put(key.fingerprint(), key));
  }

  /** A digest as it was found; what was wrong with its form is told already. */
  private record Found(String key, String contentHash, Digest digest, String signature) {}

  /** Checks all files. */
  public static TrailReport verify(TrailFiles files, List<TrailKey> keys) throws IOException {
    return new TrailVerifier(files, keys).run();
  }

  private TrailReport run() throws IOException {
    List<String> all = files.keys();
    List<String> digestKeys = all.stream().filter(key -> DIGEST.matcher(key).matches()).toList();
    if (digestKeys.isEmpty()) {
      wrong("", "there is no digest file");
    }
    requireOneTrail(digestKeys);
    chain(digestKeys);
    int undigested = undigested(all, digestKeys);
    return new TrailReport(
        digests, logs, records.records(), records.last(), records.lastHash(), undigested, problems);
  }

  private void requireOneTrail(List<String> digestKeys) {
    Set<String> trails = new HashSet<>();
    for (String key : digestKeys) {
      Matcher name = DIGEST.matcher(key);
      if (name.matches()) {
        trails.add(name.group(1) + name.group(3));
      }
    }
    if (trails.size() > 1) {
      wrong(
          "", "there are digest files of %d trails, only one is checked".formatted(trails.size()));
    }
  }

  private void chain(List<String> digestKeys) throws IOException {
    Digest.Previous before = null;
    Instant end = null;
    for (int i = 0; i < digestKeys.size(); i++) {
      String following = i + 1 < digestKeys.size() ? digestKeys.get(i + 1) : null;
      Found found = find(digestKeys.get(i), following);
      if (found == null) {
        continue;
      }
      Digest digest = found.digest();
      boolean continues =
          java.util.Objects.equals(digest.previous(), before)
              && (end == null || end.equals(digest.start()));
      if (!continues) {
        wrong(found.key(), gap(digest.previous(), before));
      }
      if (isGenuine(found)) {
        digests++;
        for (Digest.Log log : digest.logs()) {
          log(digest, log);
        }
      }
      before =
          new Digest.Previous(digest.bucket(), found.key(), found.contentHash(), found.signature());
      end = digest.end();
    }
  }

  private String gap(Digest.@Nullable Previous said, Digest.@Nullable Previous found)
      throws IOException {
    if (said == null) {
      return "is a first digest, but there are digests before it";
    }
    if (files.get(said.key()).isEmpty()) {
      return "the digest before it, %s, is missing".formatted(said.key());
    }
    return found == null || !found.key().equals(said.key())
        ? "the digest before it, %s, is invalid or not the one before".formatted(said.key())
        : "the digest before it, %s, was changed".formatted(said.key());
  }

  private @Nullable Found find(String key, @Nullable String following) throws IOException {
    try {
      byte[] content = Gzip.expand(files.get(key).orElseThrow(() -> new IOException("is gone")));
      Digest digest = Digest.read(content);
      if (!digest.key().equals(key)) {
        wrong(key, "was moved; it is " + digest.key());
      }
      return new Found(key, Gzip.sha256(content), digest, signature(key, following));
    } catch (IOException e) {
      wrong(key, "cannot be read: " + e.getMessage());
      return null;
    }
  }

  /** As its metadata has it, or the digest after it: a copy may have lost the metadata. */
  private String signature(String key, @Nullable String following) throws IOException {
    String signature = files.metadata(key).get(Digest.SIGNATURE);
    if (signature != null) {
      return signature;
    }
    Optional<byte[]> next = following == null ? Optional.empty() : files.get(following);
    if (next.isPresent()) {
      Digest.Previous previous = Digest.read(Gzip.expand(next.get())).previous();
      if (previous != null && previous.key().equals(key)) {
        return previous.signature();
      }
    }
    throw new IOException("its signature is neither in its metadata nor in the digest after it");
  }

  private boolean isGenuine(Found found) throws IOException {
    Digest digest = found.digest();
    TrailKey key = keys.get(digest.fingerprint());
    if (key == null) {
      wrong(found.key(), "the public key %s is not known".formatted(digest.fingerprint()));
      return false;
    }
    if (!key.isValidAt(digest.end())) {
      wrong(found.key(), "the public key was not valid at its end");
      return false;
    }
    byte[] content = Gzip.expand(files.get(found.key()).orElseThrow());
    if (!key.verifies(digest.signingText(content), decoded(found.signature()))) {
      wrong(found.key(), "signature verification failed");
      return false;
    }
    return true;
  }

  private static byte[] decoded(String hex) {
    try {
      return HexFormat.of().parseHex(hex);
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }

  private void log(Digest digest, Digest.Log log) throws IOException {
    named.add(log.key());
    if (!log.bucket().equals(digest.bucket())) {
      wrong(log.key(), "is in another bucket, " + log.bucket());
      return;
    }
    Optional<byte[]> compressed = files.get(log.key());
    if (compressed.isEmpty()) {
      wrong(log.key(), "is missing");
      return;
    }
    try {
      byte[] content = Gzip.expand(compressed.get());
      if (!Gzip.sha256(content).equals(log.hashValue())) {
        wrong(log.key(), "was changed: its hash is not that in the digest");
        return;
      }
      logs++;
      records.file(content);
    } catch (IOException e) {
      wrong(log.key(), String.valueOf(e.getMessage()));
    }
  }

  private int undigested(List<String> all, List<String> digestKeys) {
    if (digestKeys.isEmpty()) {
      return 0;
    }
    String lastEnd = timeOf(digestKeys.getLast());
    int count = 0;
    for (String key : all) {
      if (key.contains("/CloudTrail/") && key.endsWith(TrailNames.SUFFIX) && !named.contains(key)) {
        // Names of log files tell the minute only.
        if (minuteOf(key).compareTo(lastEnd.substring(0, lastEnd.length() - "SSZ".length())) >= 0) {
          count++;
        } else {
          wrong(key, "no digest names it");
        }
      }
    }
    return count;
  }

  private static String timeOf(String digestKey) {
    int end = digestKey.length() - TrailNames.SUFFIX.length();
    return digestKey.substring(end - "YYYYMMDDTHHMMSSZ".length(), end);
  }

  private static String minuteOf(String logKey) {
    Matcher time = Pattern.compile("_([0-9]{8}T[0-9]{4})Z_[^_/]+$").matcher(logKey);
    return time.find() ? time.group(1) : "";
  }

  private void wrong(String key, String rule) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(key.isEmpty() ? rule : key + ": " + rule);
    }
  }
}
