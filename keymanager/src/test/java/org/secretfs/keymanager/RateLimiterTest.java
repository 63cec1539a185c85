package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

class RateLimiterTest {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 500_000_000L);
  private final RateLimiter limiter = new RateLimiter(new RateLimits(10, 2, 1), nanos::get);

  /** How many of so many requests pass. */
  private int passed(String principal, String service, String operation, int requests) {
    int passed = 0;
    for (int i = 0; i < requests; i++) {
      try {
        limiter.take(principal, service, operation);
        passed++;
      } catch (Refused e) {
        assertThat(e.error().type()).isEqualTo("ThrottlingException");
      }
    }
    return passed;
  }

  @Test
  void take_beyondTheRate_isRefusedUntilTimePasses() {
    assertThat(passed("a", "kms", "Decrypt", 50)).isEqualTo(10);
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(300));
    assertThat(passed("a", "kms", "Decrypt", 50)).isEqualTo(3);
    // Over the overflow of the clock, and no more than a second's worth however long the rest.
    nanos.addAndGet(TimeUnit.HOURS.toNanos(1));
    assertThat(passed("a", "kms", "Decrypt", 50)).isEqualTo(10);
  }

  @Test
  void take_otherPrincipalOrGroup_hasItsOwnRate() {
    assertThat(passed("a", "kms", "Decrypt", 50)).isEqualTo(10);
    assertThat(passed("b", "kms", "GenerateDataKey", 50)).isEqualTo(10);
    assertThat(passed("a", "kms", "CreateKey", 50)).isEqualTo(2);
    assertThat(passed("a", "sts", "AssumeRole", 50)).isEqualTo(1);
  }

  @Test
  void take_zero_isNoLimit() throws Exception {
    RateLimiter none = new RateLimiter(RateLimits.NONE, nanos::get);
    for (int i = 0; i < 1000; i++) {
      none.take("a", "kms", "Decrypt");
    }
    assertThat(none.tracked()).isZero();
  }

  @Test
  void take_moreThanAreTracked_keepsThoseInUseAndForgetsTheRested() {
    for (int i = 0; i < RateLimiter.MOST_TRACKED + 10; i++) {
      passed("p" + i, "kms", "Decrypt", 1);
    }
    assertThat(limiter.tracked()).isEqualTo(RateLimiter.MOST_TRACKED);
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(2));
    assertThat(passed("late", "kms", "Decrypt", 50)).isEqualTo(10);
    assertThat(limiter.tracked()).isEqualTo(1);
  }

  @Test
  void limits_outOfRange_areRefused() {
    assertThatThrownBy(() -> new RateLimits(-1, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rate limit -1: must be 0 to 1000000 per second");
  }
}
