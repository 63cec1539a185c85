package org.secretfs.audit;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;

/** Writes records with many threads until it is killed; prints the number of each acknowledged. */
final class WriterMain {
  private static final int THREADS = 16;

  private WriterMain() {}

  public static void main(String[] arguments) throws Exception {
    AuditLog log = AuditLog.open(Path.of(arguments[0]), Clock.systemUTC());
    long base = Long.parseLong(arguments[1]);
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
    for (int t = 0; t < THREADS; t++) {
      long first = base + t;
      Thread.ofPlatform().start(() -> write(log, first, out));
    }
  }

  private static void write(AuditLog log, long first, PrintStream out) {
    try {
      for (long number = first; ; number += THREADS) {
        log.append(Events.numbered(number));
        synchronized (out) {
          out.println(number);
          out.flush();
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
