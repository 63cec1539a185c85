package org.secretfs.keymanager;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;

/** A key manager in a process of its own, until it is killed. Prints its port. */
final class ServeMain {
  private ServeMain() {}

  public static void main(String[] arguments) throws Exception {
    KeyManagerServer server =
        KeyManagerServer.start(KeyManagerConfig.below(Path.of(arguments[0])), Clock.systemUTC());
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    out.println(server.port());
    Thread.currentThread().join();
  }
}
