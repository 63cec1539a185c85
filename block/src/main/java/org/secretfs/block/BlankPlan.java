package org.secretfs.block;

import java.util.ArrayList;
import java.util.List;

/** Which parts of a device prove it blank. */
final class BlankPlan {
  private static final long WHOLE_UP_TO_BYTES = 4L << 30;
  private static final long EDGE_BYTES = 64L << 20;
  private static final long SAMPLE_BYTES = 64L << 10;
  private static final int SAMPLES = 4096;

  /** Bytes from {@code beginBytes} to before {@code endBytes}. */
  record Range(long beginBytes, long endBytes) {}

  private BlankPlan() {}

  /** Returns the parts in the order in which they are best looked at: the edges first. */
  static List<Range> of(long sizeBytes, boolean samplesAllowed) {
    if (!samplesAllowed || sizeBytes <= WHOLE_UP_TO_BYTES) {
      return List.of(new Range(0, sizeBytes));
    }
    List<Range> ranges = new ArrayList<>(SAMPLES + 2);
    ranges.add(new Range(0, EDGE_BYTES));
    ranges.add(new Range(sizeBytes - EDGE_BYTES, sizeBytes));
    long first = EDGE_BYTES;
    long step = (sizeBytes - 2 * EDGE_BYTES - SAMPLE_BYTES) / (SAMPLES - 1);
    for (int i = 0; i < SAMPLES; i++) {
      long begin = first + i * step;
      ranges.add(new Range(begin, begin + SAMPLE_BYTES));
    }
    return ranges;
  }
}
