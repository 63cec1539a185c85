package org.secretfs.metrics;

import java.util.Locale;

/**
 * Metrics as text for Prometheus. Label values must hold nothing that would have to be escaped. For
 * one thread.
 *
 * @spec https://prometheus.io/docs/instrumenting/exposition_formats/ Text-based format 0.0.4
 */
public final class PrometheusText {
  /** What {@code Content-Type} says of the text. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder(4096);
  private final String prefix;

  /** An empty text, in which all names begin with {@code prefix}. */
  public PrometheusText(String prefix) {
    this.prefix = prefix;
  }

  /** Begins a metric. */
  public void head(String name, String type, String help) {
    text.append("# HELP ").append(prefix).append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(prefix).append(name).append(' ').append(type).append('\n');
  }

  /** Adds a value; {@code labels} as in {@code a="b",c="d"}, possibly empty. */
  public void sample(String name, String labels, double value) {
    text.append(prefix).append(name);
    if (!labels.isEmpty()) {
      text.append('{').append(labels).append('}');
    }
    text.append(' ').append(number(value)).append('\n');
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : String.format(Locale.ROOT, "%.9f", value);
  }

  /** A metric of one value. */
  public void single(String name, String type, String help, double value) {
    head(name, type, help);
    sample(name, "", value);
  }

  /** Adds the buckets, the sum and the count of a histogram; nothing if it counted nothing. */
  public void histogram(String name, String labels, LatencyHistogram latency) {
    if (latency.count() == 0) {
      return;
    }
    latency.cumulative((upToSeconds, count) -> {
      String bound = Double.isInfinite(upToSeconds) ? "+Inf" : Double.toString(upToSeconds);
      sample(name + "_bucket", labels + ",le=\"" + bound + '"', (double) count);
    });
    sample(name + "_sum", labels, latency.sumSeconds());
    sample(name + "_count", labels, (double) latency.count());
  }

  /** The whole text. */
  @Override
  public String toString() {
    return text.toString();
  }
}
