package org.secretfs.proxy;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.secretfs.metrics.LatencyHistogram;
import org.secretfs.nbd.protocol.Command;

/** What is counted for one export. Recording allocates nothing. */
final class ExportMetrics {
  private final Map<Command, Counts> counts = new EnumMap<>(Command.class);
  private final LongAdder bytesRead = new LongAdder();
  private final LongAdder bytesWritten = new LongAdder();
  private final LongAdder waitedNanos = new LongAdder();
  private final AtomicLong queued = new AtomicLong();
  private final AtomicLong connections = new AtomicLong();
  private final LongAdder suspensions = new LongAdder();
  private final LongAdder refusals = new LongAdder();

  /** What is counted for one command. */
  private record Counts(LatencyHistogram latency, LongAdder errors) {}

  ExportMetrics() {
    for (Command command : Command.values()) {
      counts.put(command, new Counts(new LatencyHistogram(), new LongAdder()));
    }
  }

  private Counts of(Command command) {
    return Objects.requireNonNull(counts.get(command), "all are there from the start");
  }

  void begun() {
    queued.incrementAndGet();
  }

  void ended(Command command, long bytes, long nanos, boolean failed) {
    queued.decrementAndGet();
    of(command).latency().record(nanos);
    if (failed) {
      of(command).errors().increment();
    } else if (command == Command.READ) {
      bytesRead.add(bytes);
    } else if (command == Command.WRITE) {
      bytesWritten.add(bytes);
    }
  }

  void waited(long nanos) {
    waitedNanos.add(nanos);
  }

  void connected() {
    connections.incrementAndGet();
  }

  void disconnected() {
    connections.decrementAndGet();
  }

  void suspended() {
    suspensions.increment();
  }

  void refused() {
    refusals.increment();
  }

  LatencyHistogram latency(Command command) {
    return of(command).latency();
  }

  long errors(Command command) {
    return of(command).errors().sum();
  }

  long bytesRead() {
    return bytesRead.sum();
  }

  long bytesWritten() {
    return bytesWritten.sum();
  }

  /** How long requests were held back by the rate limit, in seconds. */
  double throttledSeconds() {
    return waitedNanos.sum() / 1e9;
  }

  /** Requests begun and not ended: being served, held back, or waiting for a suspension's end. */
  long queueDepth() {
    return queued.get();
  }

  long connections() {
    return connections.get();
  }

  long suspensions() {
    return suspensions.sum();
  }

  long refusals() {
    return refusals.sum();
  }
}
