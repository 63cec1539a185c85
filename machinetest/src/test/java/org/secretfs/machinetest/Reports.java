package org.secretfs.machinetest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The lines that one boot of a machine reports, kept in order as they come. */
final class Reports {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<String> lines = new ArrayList<>();
  private boolean ended;

  /**
   * Reads {@code in} to its end in a thread of its own. Not a virtual one: a read from a pipe holds
   * the carrier, and two of them would stop all virtual threads of a machine with two processors.
   */
  Reports(InputStream in) {
    Thread.ofPlatform().daemon().name("reports").start(() -> read(in));
  }

  /**
   * Waits for a line that matches as a whole, among those already there too.
   *
   * @throws IOException if it does not come in time or the stream ends without it; shows all lines
   */
  MatchResult await(String pattern, Duration limit) throws IOException, InterruptedException {
    Pattern wanted = Pattern.compile(pattern);
    long nanosLeft = limit.toNanos();
    lock.lock();
    try {
      Optional<MatchResult> found = find(wanted);
      while (found.isEmpty() && !ended && nanosLeft > 0) {
        nanosLeft = changed.awaitNanos(nanosLeft);
        found = find(wanted);
      }
      return found.orElseThrow(() -> missing(pattern, limit));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Returns the last line so far that matches as a whole.
   *
   * @throws IllegalStateException if none does; shows all lines
   */
  MatchResult last(String pattern) {
    Pattern wanted = Pattern.compile(pattern);
    lock.lock();
    try {
      return lines.reversed().stream()
          .map(wanted::matcher)
          .filter(Matcher::matches)
          .map(Matcher::toMatchResult)
          .findFirst()
          .orElseThrow(() ->
              new IllegalStateException(
                  "nothing is like /%s/ in:%n%s".formatted(pattern, String.join("\n", lines))));
    } finally {
      lock.unlock();
    }
  }

  private Optional<MatchResult> find(Pattern wanted) {
    return lines.stream()
        .map(wanted::matcher)
        .filter(Matcher::matches)
        .map(Matcher::toMatchResult)
        .findFirst();
  }

  private IOException missing(String pattern, Duration limit) {
    String why =
        ended
            ? "the machine ended"
            : "nothing came in " + TimeUnit.MILLISECONDS.toSeconds(limit.toMillis()) + " s";
    return new IOException(
        why + " for /" + pattern + "/; reported were:\n" + String.join("\n", lines));
  }

  private void read(InputStream in) {
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        add(line.strip());
      }
    } catch (IOException e) {
      add("(" + e.getMessage() + ")");
    } finally {
      end();
    }
  }

  private void add(String line) {
    lock.lock();
    try {
      lines.add(line);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
