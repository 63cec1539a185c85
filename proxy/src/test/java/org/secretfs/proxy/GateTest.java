package org.secretfs.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class GateTest {
  private final Gate gate = new Gate();

  @Test
  void tryEnter_fresh_isRefused() {
    assertThat(gate.tryEnter()).isFalse();
  }

  @Test
  void close_nobodyInside_isAtOnce() {
    gate.open();
    assertThat(gate.tryEnter()).isTrue();
    gate.leave();

    assertThat(gate.close(Duration.ZERO)).isTrue();
    assertThat(gate.tryEnter()).isFalse();
  }

  @Test
  void close_somebodyInside_waitsForThemOnly() throws Exception {
    gate.open();
    assertThat(gate.tryEnter()).isTrue();
    assertThat(gate.close(Duration.ofMillis(20))).isFalse();

    CompletableFuture<Boolean> closed =
        CompletableFuture.supplyAsync(() -> gate.close(Duration.ofSeconds(30)));
    assertThat(gate.tryEnter()).as("nobody else gets in meanwhile").isFalse();
    gate.leave();

    assertThat(closed.get(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void awaitOpen_ended_isFalseForAll() throws Exception {
    CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(this::awaitOpen);
    gate.end();

    assertThat(waiting.get(30, TimeUnit.SECONDS)).isFalse();
    assertThat(gate.awaitOpen(Duration.ofSeconds(30))).isFalse();
  }

  private boolean awaitOpen() {
    try {
      return gate.awaitOpen(Duration.ofSeconds(30));
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** While somebody opens and closes it, nobody is inside after a close that said so. */
  @Test
  void close_underLoad_leavesNobodyInside() throws Exception {
    AtomicLong inside = new AtomicLong();
    Thread[] workers = new Thread[4];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = Thread.ofPlatform().start(() -> work(inside));
    }
    for (int round = 0; round < 2_000; round++) {
      gate.open();
      assertThat(gate.close(Duration.ofSeconds(30))).isTrue();
      assertThat(inside.get()).isZero();
    }
    gate.end();
    for (Thread worker : workers) {
      worker.join();
    }
  }

  private void work(AtomicLong inside) {
    while (!gate.hasEnded()) {
      if (gate.tryEnter()) {
        inside.incrementAndGet();
        inside.decrementAndGet();
        gate.leave();
      }
    }
  }
}
