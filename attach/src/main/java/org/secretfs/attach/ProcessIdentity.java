package org.secretfs.attach;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A process on this machine since its last boot, told apart from a later one with the same id.
 *
 * @param pid the process id
 * @param startTicks when it started, in clock ticks since boot: field 22 of {@code /proc/PID/stat}
 */
record ProcessIdentity(long pid, long startTicks) {
  private static final int STATE_FIELD = 0;
  private static final int START_FIELD = 19;

  /** The live process of this id; empty where there is none or it is a zombie. */
  static Optional<ProcessIdentity> ofLive(long pid) {
    try {
      return parseStat(pid, Files.readAllBytes(Path.of("/proc", Long.toString(pid), "stat")));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<ProcessIdentity> parseStat(long pid, byte[] stat) {
    String text = new String(stat, StandardCharsets.UTF_8);
    // The name in parentheses may hold anything, also spaces and parentheses.
    List<String> fields = List.of(text.substring(text.lastIndexOf(')') + 1).strip().split(" "));
    if (fields.size() <= START_FIELD || "ZX".contains(fields.get(STATE_FIELD))) {
      return Optional.empty();
    }
    return Optional.of(new ProcessIdentity(pid, Long.parseLong(fields.get(START_FIELD))));
  }

  /** Reads what {@link #toString} wrote; empty for any other text. */
  static Optional<ProcessIdentity> parse(String text) {
    if (!text.matches("\\d{1,10} \\d{1,18}\\n?")) {
      return Optional.empty();
    }
    String[] parts = text.strip().split(" ", 2);
    return Optional.of(new ProcessIdentity(Long.parseLong(parts[0]), Long.parseLong(parts[1])));
  }

  /** Whether this very process still runs. */
  boolean alive() {
    return ofLive(pid).equals(Optional.of(this));
  }

  /** Sends SIGTERM, or SIGKILL where {@code forcibly}, if it still runs. */
  void signal(boolean forcibly) {
    if (!alive()) {
      return;
    }
    Optional<ProcessHandle> handle = ProcessHandle.of(pid);
    handle.ifPresent(process -> send(process, forcibly));
  }

  private static void send(ProcessHandle process, boolean forcibly) {
    boolean ignored = forcibly ? process.destroyForcibly() : process.destroy();
  }

  @Override
  public String toString() {
    return "%d %d".formatted(pid, startTicks);
  }
}
