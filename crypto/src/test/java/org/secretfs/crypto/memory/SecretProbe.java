package org.secretfs.crypto.memory;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** A process that holds secrets, to be looked at from outside. */
public final class SecretProbe {
  static final int SECRET_BYTES = 48;

  private SecretProbe() {}

  public static void main(String[] args) throws IOException {
    switch (args[0]) {
      case "hold" -> hold(args[1]);
      case "limit" -> limit();
      default -> harden();
    }
  }

  /** Prints the complement of a secret, dumps the heap, and closes the secret when told to. */
  private static void hold(String dumpFile) throws IOException {
    BufferedReader orders =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    try (SecretBuffer secret = SecretBuffer.random(SECRET_BYTES)) {
      print(complement(secret.segment()));
      orders.readLine();
      ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(dumpFile, false);
      print("dumped");
      orders.readLine();
    }
    print("closed");
    orders.readLine();
  }

  private static String complement(MemorySegment secret) {
    byte[] complement = new byte[SECRET_BYTES];
    for (int i = 0; i < SECRET_BYTES; i++) {
      complement[i] = (byte) ~secret.get(ValueLayout.JAVA_BYTE, i);
    }
    return HexFormat.of().formatHex(complement);
  }

  private static void limit() {
    List<SecretBuffer> secrets = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      secrets.add(SecretBuffer.allocate(16));
    }
    long unlocked = secrets.stream().filter(s -> !s.isLocked()).count();
    print("some locked, some not: " + (unlocked > 0 && unlocked < 16));
    print("counted: " + (SecretBuffer.unlockedCount() == unlocked));
    secrets.forEach(SecretBuffer::close);
    print("after close: " + SecretBuffer.unlockedCount());
  }

  private static void harden() {
    ProcessHardening.apply().forEach(fact -> print(fact.name() + " " + fact.effective()));
    print("core limit " + Posix.limit(Posix.RLIMIT_CORE).soft());
  }

  private static void print(String line) {
    System.out.println(line);
  }
}
