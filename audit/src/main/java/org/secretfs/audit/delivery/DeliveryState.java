package org.secretfs.audit.delivery;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.Verification;

/**
 * How far the delivery of a trail has come. What is planned is kept before it is put, so that after
 * a crash the same file is put again under the same name, and not another.
 *
 * @param sequence the last record that is in a delivered log file
 * @param hash that record's hash
 * @param digestedUntilSeconds the end of the last digest, or when the trail began
 * @param previous the last digest; null before the first
 * @param undigested the log files delivered since
 * @param plannedLog a log file that may have been put; null for none
 * @param plannedDigest a digest file that may have been put; null for none
 */
record DeliveryState(
    long sequence,
    String hash,
    long digestedUntilSeconds,
    Digest.@Nullable Previous previous,
    List<LogEntry> undigested,
    @Nullable PlannedLog plannedLog,
    @Nullable PlannedDigest plannedDigest) {

  DeliveryState {
    undigested = List.copyOf(undigested);
  }

  /**
   * A log file.
   *
   * @param key its name
   * @param hashValue SHA-256 of its content, uncompressed
   * @param oldestEventTime of its records
   * @param newestEventTime of its records
   * @param deliveredSeconds when it was planned
   */
  record LogEntry(
      String key,
      String hashValue,
      String oldestEventTime,
      String newestEventTime,
      long deliveredSeconds) {}

  /**
   * A log file to be put.
   *
   * @param entry what it will be
   * @param lastSequence its last record
   * @param lastHash that record's hash
   */
  record PlannedLog(LogEntry entry, long lastSequence, String lastHash) {}

  /**
   * A digest file to be put.
   *
   * @param endSeconds the end of its time
   * @param fingerprint which key signs it
   */
  record PlannedDigest(long endSeconds, String fingerprint) {}

  /** That of a trail that begins now. */
  static DeliveryState beginning(Instant now) {
    Verification.Head none = Verification.Head.EMPTY;
    return new DeliveryState(
        none.sequence(), none.hash(), now.getEpochSecond(), null, List.of(), null, null);
  }

  static DeliveryState read(byte[] json) throws IOException {
    return TrailJson.MAPPER.readValue(json, DeliveryState.class);
  }

  byte[] toJson() {
    return TrailJson.bytes(this);
  }

  Verification.Head head() {
    return new Verification.Head(sequence, hash);
  }

  DeliveryState planning(PlannedLog log) {
    return new DeliveryState(sequence, hash, digestedUntilSeconds, previous, undigested, log, null);
  }

  DeliveryState planning(PlannedDigest digest) {
    return new DeliveryState(
        sequence, hash, digestedUntilSeconds, previous, undigested, null, digest);
  }

  /** After the planned log file was put. */
  DeliveryState delivered(PlannedLog log) {
    List<LogEntry> all = new ArrayList<>(undigested);
    all.add(log.entry());
    return new DeliveryState(
        log.lastSequence(), log.lastHash(), digestedUntilSeconds, previous, all, null, null);
  }

  /** After the planned digest file was put. */
  DeliveryState digested(PlannedDigest digest, Digest.Previous made) {
    List<LogEntry> rest =
        undigested.stream().filter(log -> !isWithin(log, digest.endSeconds())).toList();
    return new DeliveryState(sequence, hash, digest.endSeconds(), made, rest, null, null);
  }

  /** The log files that a digest of this end names. */
  List<LogEntry> logsUntil(long endSeconds) {
    return undigested.stream().filter(log -> isWithin(log, endSeconds)).toList();
  }

  private static boolean isWithin(LogEntry log, long endSeconds) {
    return log.deliveredSeconds() <= endSeconds;
  }
}
