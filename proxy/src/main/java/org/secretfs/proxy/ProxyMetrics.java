package org.secretfs.proxy;

import java.util.Collection;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.nbd.protocol.Command;

/**
 * All metrics as text for Prometheus.
 *
 * @spec https://prometheus.io/docs/instrumenting/exposition_formats/ Text-based format 0.0.4
 */
final class ProxyMetrics {
  /** What {@code Content-Type} says of {@link #text}. */
  static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

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
    out.single(
        "connections_accepted_total", "counter", "Connections accepted.", (double) accepted.sum());
    out.single(
        "negotiations_failed_total",
        "counter",
        "Connections that ended before they had an export.",
        (double) negotiationsFailed.sum());
    out.single(
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
    private final StringBuilder text = new StringBuilder(4096);
    private final Collection<ManagedExport> exports;

    Writer(Collection<ManagedExport> exports) {
      this.exports = exports;
    }

    private void head(String name, String type, String help) {
      text.append("# HELP secretfs_proxy_").append(name).append(' ').append(help).append('\n');
      text.append("# TYPE secretfs_proxy_").append(name).append(' ').append(type).append('\n');
    }

    private void sample(String name, String labels, double value) {
      text.append("secretfs_proxy_").append(name);
      if (!labels.isEmpty()) {
        text.append('{').append(labels).append('}');
      }
      text.append(' ').append(number(value)).append('\n');
    }

    /** Export names hold nothing that would have to be escaped. */
    private static String label(ManagedExport export) {
      return "export=\"" + export.spec().name() + '"';
    }

    private static String number(double value) {
      return value == Math.rint(value) && Math.abs(value) < 1e15
          ? Long.toString((long) value)
          : String.format(Locale.ROOT, "%.9f", value);
    }

    void single(String name, String type, String help, double value) {
      head(name, type, help);
      sample(name, "", value);
    }

    void each(String name, String type, String help, ToDoubleFunction<ExportMetrics> value) {
      head(name, type, help);
      for (ManagedExport export : exports) {
        sample(name, label(export), value.applyAsDouble(export.metrics()));
      }
    }

    void states() {
      head("export_state", "gauge", "1 for the state that the export is in.");
      for (ManagedExport export : exports) {
        for (ExportState state : ExportState.values()) {
          sample(
              "export_state",
              label(export) + ",state=\"" + state.label() + '"',
              export.state() == state ? 1 : 0);
        }
      }
    }

    void commands() {
      head("errors_total", "counter", "Requests that failed.");
      for (ManagedExport export : exports) {
        for (Command command : Command.values()) {
          sample(
              "errors_total", labels(export, command), (double) export.metrics().errors(command));
        }
      }
      head("request_seconds", "histogram", "From a request's receipt to its answer.");
      for (ManagedExport export : exports) {
        for (Command command : Command.values()) {
          histogram(labels(export, command), export.metrics().latency(command));
        }
      }
    }

    private static String labels(ManagedExport export, Command command) {
      return label(export) + ",command=\"" + command.name().toLowerCase(Locale.ROOT) + '"';
    }

    /** Commands that never came are left out: most clients use three or four. */
    private void histogram(String labels, LatencyHistogram latency) {
      if (latency.count() == 0) {
        return;
      }
      latency.cumulative((upToSeconds, count) -> {
        String bound = Double.isInfinite(upToSeconds) ? "+Inf" : Double.toString(upToSeconds);
        sample("request_seconds_bucket", labels + ",le=\"" + bound + '"', (double) count);
      });
      sample("request_seconds_sum", labels, latency.sumSeconds());
      sample("request_seconds_count", labels, (double) latency.count());
    }
  }
}
