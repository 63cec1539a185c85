package org.secretfs.crypto.memory;

import java.util.List;

/**
 * Makes this process a worse place to steal keys from: no core dumps, no reading of its memory by
 * other processes of the same user, and room for locked pages.
 *
 * <p>Not undone until the process ends. Call it once at the start, before any secret is there.
 */
public final class ProcessHardening {
  /** Locked memory to ask for: some 16,000 secrets. */
  static final long WANTED_LOCKED_BYTES = 64L << 20;

  private ProcessHardening() {}

  /**
   * One measure and what came of it.
   *
   * @param name what it is, as in {@code core dumps}
   * @param effective whether it holds now
   * @param detail one line for the owner
   */
  public record Fact(String name, boolean effective, String detail) {}

  /** Applies every measure that the kernel allows, and says which hold. Never throws. */
  public static List<Fact> apply() {
    return List.of(forbidCoreFiles(), forbidDumps(), allowLocking());
  }

  private static Fact forbidCoreFiles() {
    boolean done = Posix.setLimit(Posix.RLIMIT_CORE, new Posix.Limit(0, 0));
    return new Fact("core files", done, done ? "limit is 0" : "the limit could not be lowered");
  }

  private static Fact forbidDumps() {
    boolean done = Posix.forbidDumps();
    return new Fact("dumpable", done, done ? "off" : "the kernel refused to turn it off");
  }

  private static Fact allowLocking() {
    Posix.Limit before = Posix.limit(Posix.RLIMIT_MEMLOCK);
    if (Long.compareUnsigned(before.soft(), WANTED_LOCKED_BYTES) < 0) {
      raiseLocking(before);
    }
    return lockingFact();
  }

  private static void raiseLocking(Posix.Limit before) {
    long hard = maxUnsigned(before.hard(), WANTED_LOCKED_BYTES);
    if (!Posix.setLimit(Posix.RLIMIT_MEMLOCK, new Posix.Limit(WANTED_LOCKED_BYTES, hard))) {
      Posix.setLimit(Posix.RLIMIT_MEMLOCK, new Posix.Limit(before.hard(), before.hard()));
    }
  }

  private static Fact lockingFact() {
    try (SecretBuffer probe = SecretBuffer.allocate(1)) {
      String room = describe(Posix.limit(Posix.RLIMIT_MEMLOCK).soft());
      return new Fact("locked memory", probe.isLocked(), "limit is " + room);
    }
  }

  private static String describe(long limitBytes) {
    return limitBytes == -1 ? "unlimited" : limitBytes / 1024 + " KiB";
  }

  private static long maxUnsigned(long a, long b) {
    return Long.compareUnsigned(a, b) > 0 ? a : b;
  }
}
