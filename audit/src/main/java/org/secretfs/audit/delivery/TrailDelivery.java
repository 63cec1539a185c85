package org.secretfs.audit.delivery;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.secretfs.audit.AuditTrail;
import org.secretfs.audit.Verification;
import org.secretfs.audit.delivery.DeliveryState.LogEntry;
import org.secretfs.audit.delivery.DeliveryState.PlannedDigest;
import org.secretfs.audit.delivery.DeliveryState.PlannedLog;

/**
 * Delivers an audit log as a trail: log files with the records since the last one, and for each
 * period of time a digest file, also for those in which nothing happened or nobody was there to
 * make it.
 *
 * <p>Each file is planned, put, and noted as put, and each of these steps is durable before the
 * next. A file that was planned is made again from the log after a crash and is the same, so no
 * record is lost and none is delivered twice. Only records that are durable are delivered. For one
 * thread.
 */
public final class TrailDelivery {
  /** A pass ends after so many files of each kind; the next goes on. */
  private static final int MOST_FILES = 1000;

  private final Source source;
  private final TrailNames names;
  private final TrailDestination destination;
  private final DigestSigner signer;
  private final DeliveryStore store;
  private final Duration digestPeriod;
  private final Supplier<String> unique;
  private final Clock clock;
  private volatile boolean stopped;

  /**
   * The log that is delivered.
   *
   * @param directory where its files are
   * @param durable its last durable record
   */
  public record Source(Path directory, Supplier<Verification.Head> durable) {}

  /**
   * Makes one.
   *
   * @param digestPeriod what a digest covers, at least a second
   * @param unique gives the part of a log file's name that is never the same
   */
  public TrailDelivery(
      Source source,
      TrailNames names,
      TrailDestination destination,
      DigestSigner signer,
      DeliveryStore store,
      Duration digestPeriod,
      Supplier<String> unique,
      Clock clock) {
    this.source = source;
    this.names = names;
    this.destination = destination;
    this.signer = signer;
    this.store = store;
    this.digestPeriod = digestPeriod;
    this.unique = unique;
    this.clock = clock;
  }

  /**
   * Delivers all that is due.
   *
   * @return the last record that is delivered
   * @throws IOException if something could not be put or kept, or the log is not the one that was
   *     delivered before; the next pass goes on where this one ended
   */
  public long run() throws IOException {
    DeliveryState state = finished(begun());
    long durable = source.durable().get().sequence();
    for (int i = 0; i < MOST_FILES && !stopped && state.sequence() < durable; i++) {
      state = nextLog(state);
    }
    Instant now = clock.instant();
    for (int i = 0; i < MOST_FILES && !stopped && isDue(state, now); i++) {
      state = nextDigest(state);
    }
    return state.sequence();
  }

  /** Lets a pass end after the file that is under way. For any thread. */
  public void stop() {
    stopped = true;
  }

  private DeliveryState begun() throws IOException {
    Optional<byte[]> kept = store.load();
    if (kept.isPresent()) {
      return DeliveryState.read(kept.get());
    }
    return saved(DeliveryState.beginning(clock.instant()));
  }

  private DeliveryState saved(DeliveryState state) throws IOException {
    store.save(state.toJson());
    return state;
  }

  /** Does again what a crash may have left undone. */
  private DeliveryState finished(DeliveryState state) throws IOException {
    if (state.plannedLog() != null) {
      PlannedLog planned = state.plannedLog();
      LogFileBuilder file = read(state, planned.lastSequence());
      return put(state, planned, file.finish());
    }
    return state.plannedDigest() == null ? state : put(state, state.plannedDigest());
  }

  private DeliveryState nextLog(DeliveryState state) throws IOException {
    LogFileBuilder file = read(state, source.durable().get().sequence());
    if (file.isEmpty()) {
      throw new IOException(
          "audit log %s: lacks record %d".formatted(source.directory(), state.sequence() + 1));
    }
    byte[] content = file.finish();
    Instant now = clock.instant();
    LogEntry entry =
        new LogEntry(
            names.log(now, unique.get()),
            Gzip.sha256(content),
            file.oldest(),
            file.newest(),
            now.getEpochSecond());
    PlannedLog planned = new PlannedLog(entry, file.head().sequence(), file.head().hash());
    return put(saved(state.planning(planned)), planned, content);
  }

  private LogFileBuilder read(DeliveryState state, long lastSequence) throws IOException {
    LogFileBuilder file = new LogFileBuilder(lastSequence);
    Verification read = AuditTrail.readAfter(source.directory(), state.head(), file::add);
    if (read.firstBreak().isPresent()) {
      throw new IOException("audit log is broken: " + read.firstBreak().get());
    }
    return file;
  }

  private DeliveryState put(DeliveryState state, PlannedLog planned, byte[] content)
      throws IOException {
    if (!Gzip.sha256(content).equals(planned.entry().hashValue())) {
      throw new IOException(
          "audit log %s: its records up to %d are not those that were to be delivered"
              .formatted(source.directory(), planned.lastSequence()));
    }
    put(planned.entry().key(), content, Map.of());
    return saved(state.delivered(planned));
  }

  /** Puts a file; one that is there already must be this one, from before a crash. */
  private void put(String key, byte[] content, Map<String, String> metadata) throws IOException {
    if (destination.putIfAbsent(key, Gzip.compress(content), metadata)) {
      return;
    }
    Optional<byte[]> there = destination.get(key);
    if (there.isEmpty() || !Arrays.equals(Gzip.expand(there.get()), content)) {
      throw new IOException(
          "s3://%s/%s: somebody put another file there".formatted(names.bucket(), key));
    }
  }

  private boolean isDue(DeliveryState state, Instant now) {
    return end(state).compareTo(now) <= 0;
  }

  private Instant end(DeliveryState state) {
    return Instant.ofEpochSecond(state.digestedUntilSeconds()).plus(digestPeriod);
  }

  private DeliveryState nextDigest(DeliveryState state) throws IOException {
    Instant end = end(state);
    PlannedDigest planned = new PlannedDigest(end.getEpochSecond(), signer.keyFor(end));
    return put(saved(state.planning(planned)), planned);
  }

  private DeliveryState put(DeliveryState state, PlannedDigest planned) throws IOException {
    Instant end = Instant.ofEpochSecond(planned.endSeconds());
    List<Digest.Log> logs = new ArrayList<>();
    for (LogEntry log : state.logsUntil(planned.endSeconds())) {
      logs.add(
          new Digest.Log(
              names.bucket(),
              log.key(),
              log.hashValue(),
              log.newestEventTime(),
              log.oldestEventTime()));
    }
    Digest digest =
        new Digest(
            names.accountId(),
            Instant.ofEpochSecond(state.digestedUntilSeconds()),
            end,
            names.bucket(),
            names.digest(end),
            planned.fingerprint(),
            state.previous(),
            logs);
    byte[] json = digest.toJson();
    String signature =
        HexFormat.of().formatHex(signer.sign(planned.fingerprint(), digest.signingText(json)));
    put(
        digest.key(),
        json,
        Map.of(Digest.SIGNATURE, signature, Digest.SIGNATURE_ALGORITHM, DigestSigner.ALGORITHM));
    Digest.Previous made =
        new Digest.Previous(names.bucket(), digest.key(), Gzip.sha256(json), signature);
    return saved(state.digested(planned, made));
  }
}
