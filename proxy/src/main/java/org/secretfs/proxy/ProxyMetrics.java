package org.secretfs.proxy;

import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.metrics.PrometheusText;
import org.secretfs.nbd.protocol.Command;

/** All metrics as text for Prometheus. */
final class ProxyMetrics {
  private final LongAdder accepted = new LongAdder();
  private final LongAdder negotiationsFailed = new LongAdder();

  void accepted() {
    accepted.increment();
  }

  void negotiationFailed() {
    negotiationsFailed.increment();
  }

  String text(Collection<ManagedExport> exports) {
    Writer out = new Writer(exports);
    out.text.single(
        "connections_accepted_total", "counter", "Connections accepted.", (double) accepted.sum());
    out.text.single(
        "negotiations_failed_total",
        "counter",
        "Connections that ended before they had an export.",
        (double) negotiationsFailed.sum());
    out.text.single(
        "unlocked_secrets",
        "gauge",
        "Secrets in memory that the kernel refused to lock.",
        (double) SecretBuffer.unlockedCount());
    out.each("connections", "gauge", "Clients that hold the export.", ExportMetrics::connections);
    out.each(
        "queue_depth", "gauge", "Requests received and not answered.", ExportMetrics::queueDepth);
    out.each("read_bytes_total", "counter", "Bytes read by clients.", ExportMetrics::bytesRead);
    out.each(
        "written_bytes_total", "counter", "Bytes written by clients.", ExportMetrics::bytesWritten);
    out.each(
        "throttled_seconds_total",
        "counter",
        "Time for which the rate limit held requests back.",
        ExportMetrics::throttledSeconds);
    out.each(
        "suspensions_total", "counter", "Times that the key left.", ExportMetrics::suspensions);
    out.each("clients_refused_total", "counter", "Clients not allowed.", ExportMetrics::refusals);
    out.states();
    out.commands();
    return out.text.toString();
  }

  private static final class Writer {
    private final PrometheusText text = new PrometheusText("secretfs_proxy_");
    private final Collection<ManagedExport> exports;

    Writer(Collection<ManagedExport> exports) {
      this.exports = exports;
    }

    /** Export names hold nothing that would have to be escaped. */
    private static String label(ManagedExport export) {
      return "export=\"" + export.spec().name() + '"';
    }

    void each(String name, String type, String help, ToDoubleFunction<ExportMetrics> value) {
      text.head(name, type, help);
      for (ManagedExport export : exports) {
        text.sample(name, label(export), value.applyAsDouble(export.metrics()));
      }
    }

    void states() {
      text.head("export_state", "gauge", "1 for the state that the export is in.");
      for (ManagedExport export : exports) {
        for (ExportState state : ExportState.values()) {
          text.sample(
              "export_state",
              label(export) + ",state=\"" + state.label() + '"',
              export.state() == state ? 1 : 0);
        }
      }
    }

    void commands() {
      text.head("errors_total", "counter", "Requests that failed.");
      for (ManagedExport export : exports) {
        for (Command command : Command.values()) {
          text.sample(
              "errors_total", labels(export, command), (double) export.metrics().errors(command));
        }
      }
      text.head("request_seconds", "histogram", "From a request's receipt to its answer.");
      for (ManagedExport export : exports) {
        for (Command command : Command.values()) {
          text.histogram(
              "request_seconds", labels(export, command), export.metrics().latency(command));
        }
      }
    }

    private static String labels(ManagedExport export, Command command) {
      return label(export) + ",command=\"" + command.name().toLowerCase(Locale.ROOT) + '"';
    }
  }
}
