package org.secretfs.keymanager;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.kms.Outcome;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.metrics.LatencyHistogram;
import org.secretfs.metrics.PrometheusText;

/** Counts requests, and tells of them and of the server's parts. For several threads. */
final class Metrics {
  private final Map<Counted, LongAdder> requests = new ConcurrentHashMap<>();
  private final Map<String, LatencyHistogram> latencies = new ConcurrentHashMap<>();

  private record Counted(String labels, String outcome) {}

  /**
   * Counts a request that is about to be answered. Names that are no operation's count as {@code
   * Unknown}, so that no client can make up labels.
   */
  void answered(Api api, Outcome outcome, long nanos) {
    String operation = api.knows(outcome.operation()) ? outcome.operation() : "Unknown";
    String labels = "service=\"%s\",operation=\"%s\"".formatted(api.service(), operation);
    String result = outcome.refusal().map(Refused::error).map(e -> e.type()).orElse("ok");
    requests.computeIfAbsent(new Counted(labels, result), _ -> new LongAdder()).increment();
    latencies.computeIfAbsent(labels, _ -> new LatencyHistogram()).record(nanos);
  }

  /** All as text for Prometheus. */
  String text(KeyStore store, Recorder recorder, InFlight inFlight) {
    PrometheusText text = new PrometheusText("secretfs_keymanager_");
    text.head("requests_total", "counter", "Requests by operation and what became of them.");
    new TreeMap<>(labelled())
        .forEach((labels, count) -> text.sample("requests_total", labels, (double) count));
    text.head("request_seconds", "histogram", "From a request's head to its recorded outcome.");
    new TreeMap<>(latencies)
        .forEach((labels, latency) -> text.histogram("request_seconds", labels, latency));
    text.single("requests_in_flight", "gauge", "Requests under way.", inFlight.count());
    text.single(
        "audit_waiting", "gauge", "Requests whose record is being written.", recorder.waiting());
    text.single(
        "audit_healthy", "gauge", "1 if records can be written.", recorder.isHealthy() ? 1 : 0);
    text.single(
        "unlocked_secrets",
        "gauge",
        "Secrets in memory that the kernel refused to lock.",
        (double) SecretBuffer.unlockedCount());
    keys(text, store);
    return text.toString();
  }

  private Map<String, Long> labelled() {
    Map<String, Long> counts = new TreeMap<>();
    requests.forEach((counted, count) ->
        counts.put(counted.labels + ",outcome=\"" + counted.outcome + '"', count.sum()));
    return counts;
  }

  /** Left out while the database does not answer, which health tells. */
  private static void keys(PrometheusText text, KeyStore store) {
    try {
      Map<String, Long> byState = store.countByState();
      text.head("keys", "gauge", "Keys by their state.");
      byState.forEach(
          (state, count) -> text.sample("keys", "state=\"" + state + '"', (double) count));
    } catch (IOException e) {
      text.head("keys", "gauge", "Keys by their state.");
    }
  }
}
