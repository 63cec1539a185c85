package org.secretfs.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
  @Test
  void cumulative_durationsAtABound_areInItsBucket() {
    LatencyHistogram histogram = new LatencyHistogram();
    histogram.record(20_000);
    histogram.record(20_001);
    histogram.record(Long.MAX_VALUE / 2);
    Map<Double, Long> buckets = new TreeMap<>();

    histogram.cumulative(buckets::put);

    assertThat(buckets).containsEntry(0.00002, 1L).containsEntry(0.00005, 2L);
    assertThat(buckets).containsEntry(10.0, 2L).containsEntry(Double.POSITIVE_INFINITY, 3L);
    assertThat(histogram.count()).isEqualTo(3);
  }
}
