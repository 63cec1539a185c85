package org.secretfs.keymanager;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/**
 * Refuses requests beyond the rate that each user or role has, by group of operations; all sessions
 * of a role share the role's. For several threads.
 *
 * <p>For each there is one number: the time at which what was granted so far will have been earned.
 * A request moves it on by its share of a second, and is refused where it would then lie more than
 * a second ahead. At most {@link #MOST_TRACKED} are kept; beyond that, newcomers share one.
 */
final class RateLimiter {
  static final int MOST_TRACKED = 20_000;
  private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final Set<String> CRYPTOGRAPHIC =
      Set.of(
          "Decrypt",
          "DeriveSharedSecret",
          "Encrypt",
          "GenerateDataKey",
          "GenerateDataKeyPair",
          "GenerateDataKeyPairWithoutPlaintext",
          "GenerateDataKeyWithoutPlaintext",
          "GenerateMac",
          "GenerateRandom",
          "ReEncrypt",
          "Sign",
          "Verify",
          "VerifyMac");

  private enum Group {
    CRYPTOGRAPHIC,
    MANAGEMENT,
    SESSIONS
  }

  private record Who(String principalArn, Group group) {}

  /** What a request costs, and who has no place of its own shares this. */
  private record Rate(long nanosPerRequest, AtomicLong shared) {}

  private final Map<Group, Rate> rates = new EnumMap<>(Group.class);
  private final LongSupplier nanoTime;
  private final Map<Who, AtomicLong> earnedAt = new ConcurrentHashMap<>();

  RateLimiter(RateLimits limits, LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    rates.put(Group.CRYPTOGRAPHIC, rate(limits.cryptographicPerSecond()));
    rates.put(Group.MANAGEMENT, rate(limits.managementPerSecond()));
    rates.put(Group.SESSIONS, rate(limits.sessionsPerSecond()));
  }

  private Rate rate(int perSecond) {
    return new Rate(
        perSecond == 0 ? 0 : BURST_NANOS / perSecond, new AtomicLong(nanoTime.getAsLong()));
  }

  private Rate of(Group group) {
    return Objects.requireNonNull(rates.get(group), "all are there from the start");
  }

  /** Takes a request of a principal, named as {@code aws:PrincipalArn} names it. */
  void take(String principalArn, String service, String operation) throws Refused {
    Group group = group(service, operation);
    long cost = of(group).nanosPerRequest;
    if (cost > 0 && !isTaken(bucket(new Who(principalArn, group)), cost)) {
      throw new Refused(
          KmsErrorCode.THROTTLED,
          group == Group.SESSIONS
              ? "Rate exceeded"
              : "You have exceeded the rate at which you may call KMS. Reduce the frequency of"
                  + " your calls.");
    }
  }

  private static Group group(String service, String operation) {
    if (service.equals("sts")) {
      return Group.SESSIONS;
    }
    return CRYPTOGRAPHIC.contains(operation) ? Group.CRYPTOGRAPHIC : Group.MANAGEMENT;
  }

  private boolean isTaken(AtomicLong bucket, long cost) {
    long now = nanoTime.getAsLong();
    while (true) {
      long before = bucket.get();
      // What was not used is lost.
      long ahead = Math.max(before - now, 0) + cost;
      if (ahead > BURST_NANOS) {
        return false;
      }
      if (bucket.compareAndSet(before, now + ahead)) {
        return true;
      }
    }
  }

  private AtomicLong bucket(Who who) {
    AtomicLong known = earnedAt.get(who);
    if (known != null) {
      return known;
    }
    if (earnedAt.size() >= MOST_TRACKED) {
      long now = nanoTime.getAsLong();
      earnedAt.values().removeIf(earned -> earned.get() - now <= 0);
    }
    return earnedAt.size() >= MOST_TRACKED
        ? of(who.group).shared
        : earnedAt.computeIfAbsent(who, _ -> new AtomicLong(nanoTime.getAsLong()));
  }

  /** How many are kept. */
  int tracked() {
    return earnedAt.size();
  }
}
