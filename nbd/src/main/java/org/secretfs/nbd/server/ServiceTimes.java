package org.secretfs.nbd.server;

import java.util.Arrays;
import org.secretfs.nbd.protocol.Command;

/**
 * How long commands take, learned from those before: a moving average by command and size. Threads
 * may overwrite each other's figures, which does no harm.
 */
final class ServiceTimes {
  private static final int SIZES = 64;
  private static final int COMMANDS = Command.values().length;
  private static final int WEIGHT = 8;
  private static final long AT_FIRST_NANOS = 1_000_000;

  /** What passing the lead costs; a wait longer than this is worth it. */
  private static final long SWITCH_NANOS = 50_000;

  private final long[] averages = new long[COMMANDS * SIZES];

  ServiceTimes() {
    for (Command command : new Command[] {Command.FLUSH, Command.TRIM, Command.WRITE_ZEROES}) {
      int begin = command.number() * SIZES;
      Arrays.fill(averages, begin, begin + SIZES, AT_FIRST_NANOS);
    }
  }

  private static int index(Command command, long lengthBytes) {
    int size = Long.SIZE - 1 - Long.numberOfLeadingZeros(lengthBytes | 1);
    return command.number() * SIZES + size;
  }

  void learn(Command command, long lengthBytes, long nanos) {
    int index = index(command, lengthBytes);
    averages[index] += (nanos - averages[index]) / WEIGHT;
  }

  /** Whether such a command waits for something, and does not only compute and copy. */
  boolean isSlow(Command command, long lengthBytes) {
    return averages[index(command, lengthBytes)] > SWITCH_NANOS + lengthBytes;
  }
}
