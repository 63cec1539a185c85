package org.secretfs.proxy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.KeySourceCode;
import org.secretfs.keys.KeySourceException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks an export's key source again and again whether it still gives the key.
 *
 * <p>An answer that refuses this key withdraws it at once. No answer withdraws it when the grace is
 * over: an outage must not take every disk down, and must not be a way to keep a key for ever.
 */
final class KeyWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyWatch.class);

  private final ManagedExport export;
  private final KeyCheckSpec rules;
  private final Thread thread;

  /** When the source first gave no answer, in {@link System#nanoTime}; empty while it answers. */
  private Optional<Long> silentSince = Optional.empty();

  private boolean waited;

  private KeyWatch(ManagedExport export) {
    this.export = export;
    this.rules = export.spec().keyCheck();
    // A virtual thread would hold up others where its call blocks in the kernel.
    this.thread =
        Thread.ofPlatform().daemon().name("key-check-" + export.spec().name()).unstarted(this::run);
  }

  /** Starts to watch, if the export's key is to be checked at all. */
  static Optional<KeyWatch> start(ManagedExport export) {
    if (!export.spec().keyCheck().enabled()) {
      return Optional.empty();
    }
    KeyWatch watch = new KeyWatch(export);
    watch.thread.start();
    return Optional.of(watch);
  }

  /** Asks once, now; an outage has no consequences then. */
  static void once(ManagedExport export) {
    new KeyWatch(export).check(false);
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        Thread.sleep(pause());
        look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One turn: a key that is not there and not waited for is not asked for. */
  void look() {
    boolean waits = export.waitsForKey();
    if (waited && !waits) {
      // Somebody obtained the key meanwhile.
      silentSince = Optional.empty();
    }
    waited = waits;
    if (waits || export.hasKey()) {
      check(rules.enabled());
    } else {
      silentSince = Optional.empty();
    }
  }

  private Duration pause() {
    long most = rules.every().toMillis() * rules.jitterPercent() / 100;
    long drawn = ByteBuffer.wrap(KernelRandom.bytes(Long.BYTES)).getLong();
    return rules.every().plusMillis(most == 0 ? 0 : Math.floorMod(drawn, 2 * most + 1) - most);
  }

  /**
   * Asks once, and draws the consequences.
   *
   * @param silenceCounts whether no answer for too long withdraws the key
   */
  private void check(boolean silenceCounts) {
    try (SecretBuffer _ = export.spec().keySource().obtain(export.spec().id())) {
      silentSince = Optional.empty();
      export.keyGiven();
    } catch (KeySourceException e) {
      refused(e, silenceCounts);
    } catch (ProxyAudit.Unrecorded e) {
      silent(e.reason(), silenceCounts);
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("export", export.spec().name()).setCause(e).log("key check failed");
    }
  }

  private void refused(KeySourceException failure, boolean silenceCounts) {
    if (withdraws(failure)) {
      silentSince = Optional.empty();
      export.suspend(
          SuspendReason.KEY_WITHDRAWN, Optional.of(String.valueOf(failure.getMessage())));
    } else {
      silent(failure, silenceCounts);
    }
  }

  private void silent(SecretfsException failure, boolean silenceCounts) {
    long now = System.nanoTime();
    long since = silentSince.orElse(now);
    silentSince = Optional.of(since);
    export.keyOutOfReach(failure);
    if (silenceCounts && now - since >= rules.grace().toNanos()) {
      export.suspend(
          SuspendReason.KEY_SOURCE_OUT_OF_REACH, Optional.of(String.valueOf(failure.getMessage())));
    }
  }

  /**
   * Whether a failure is an answer that says no. Missing credentials are none: an instance's
   * metadata service may be down. Refused ones are: that is how a machine is locked out.
   */
  static boolean withdraws(KeySourceException failure) {
    return switch (failure) {
      case KeySourceException.Denied _, KeySourceException.KeyDisabled _ -> true;
      case KeySourceException.NoCredentials e -> e.code() == KeySourceCode.CREDENTIALS_REFUSED;
      case KeySourceException.NotFound e -> e.code() != KeySourceCode.STORE_MISSING;
      case KeySourceException.Unreachable _,
          KeySourceException.Malformed _,
          KeySourceException.Misconfigured _ ->
          false;
    };
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
