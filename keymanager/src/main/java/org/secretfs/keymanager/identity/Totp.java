package org.secretfs.keymanager.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.store.PrincipalStore;

/**
 * Time-based one-time passwords as a second factor: six digits, a new one every 30 seconds, the one
 * before and the one after taken too. Each is taken once. After five wrong ones of a user none is
 * taken for five minutes.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc6238 RFC 6238
 */
public final class Totp {
  /** Bytes of a key. */
  public static final int KEY_BYTES = 20;

  private static final long STEP_SECONDS = 30;
  private static final int MOST_WRONG = 5;
  private static final Duration LOCKED_FOR = Duration.ofMinutes(5);
  private static final int MOST_USERS = 10_000;

  private final PrincipalStore store;
  private final Map<String, Wrong> wrong = new ConcurrentHashMap<>();

  /**
   * Wrong codes of a user.
   *
   * @param count how many
   * @param since when the first came
   */
  private record Wrong(int count, Instant since) {
    boolean isOver(Instant now) {
      return !now.isBefore(since.plus(LOCKED_FOR));
    }
  }

  /** Makes one on a store. */
  public Totp(PrincipalStore store) {
    this.store = store;
  }

  /** Whether this is the present code of a user, never shown before. */
  public boolean accepts(String userName, String code, Instant now) throws IOException {
    if (!code.matches("[0-9]{6}") || !mayTry(userName, now)) {
      return false;
    }
    boolean accepted = isFreshCode(userName, code, now);
    if (accepted) {
      wrong.remove(userName);
    }
    return accepted;
  }

  /** Counts a try as wrong until it is known, so that tries at the same time count, too. */
  private boolean mayTry(String userName, Instant now) {
    if (wrong.size() >= MOST_USERS) {
      wrong.values().removeIf(noted -> noted.isOver(now));
    }
    Wrong counted =
        wrong.compute(
            userName,
            (_, before) ->
                before == null || before.isOver(now)
                    ? new Wrong(1, now)
                    : new Wrong(Math.min(before.count(), MOST_WRONG) + 1, before.since()));
    return counted.count() <= MOST_WRONG;
  }

  private boolean isFreshCode(String userName, String code, Instant now) throws IOException {
    Optional<SecretBuffer> key = store.totpOf(userName);
    if (key.isEmpty()) {
      return false;
    }
    long step = now.getEpochSecond() / STEP_SECONDS;
    long matched = -1;
    try (SecretBuffer open = key.get()) {
      for (long near = step - 1; near <= step + 1; near++) {
        if (MessageDigest.isEqual(
            code(open, near).getBytes(StandardCharsets.US_ASCII),
            code.getBytes(StandardCharsets.US_ASCII))) {
          matched = near;
        }
      }
    }
    return matched >= 0 && store.useTotpStep(userName, matched);
  }

  /** The code of a time. */
  static String code(SecretBuffer key, Instant at) {
    return code(key, at.getEpochSecond() / STEP_SECONDS);
  }

  @BorrowsSecret(because = "javax.crypto takes arrays")
  private static String code(SecretBuffer key, long step) {
    byte[] message = ByteBuffer.allocate(Long.BYTES).putLong(step).array();
    byte[] mac =
        key.borrow(bytes -> {
          try {
            Mac hmac = Mac.getInstance("HmacSHA1");
            hmac.init(new SecretKeySpec(bytes, "HmacSHA1"));
            return hmac.doFinal(message);
          } catch (GeneralSecurityException e) {
            throw new AssertionError("every JDK has HmacSHA1", e);
          }
        });
    int offset = mac[mac.length - 1] & 0x0f;
    int number = ByteBuffer.wrap(mac).getInt(offset) & 0x7fff_ffff;
    return String.format(Locale.ROOT, "%06d", number % 1_000_000);
  }
}
