package org.secretfs.keys.testing;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.KeySourceCode;
import org.secretfs.keys.KeySourceException;
import org.secretfs.keys.VolumeId;

/**
 * A fake key source that keeps one secret in memory and can be told to fail. For tests: the secret
 * dies with the process.
 */
public final class FixedKeySource implements KeySource {
  /** Makes the exception that calls shall throw. */
  @FunctionalInterface
  public interface Fault {
    /** Returns a new exception. */
    KeySourceException exception();
  }

  /** A policy denies. */
  public static final Fault DENIED =
      () -> new KeySourceException.Denied(KeySourceCode.POLICY_DENIED, "fixed: denied");

  /** The key is disabled. */
  public static final Fault KEY_DISABLED =
      () -> new KeySourceException.KeyDisabled(KeySourceCode.KEY_DISABLED, "fixed: key disabled");

  /** The service is unreachable. */
  public static final Fault UNREACHABLE =
      () ->
          new KeySourceException.Unreachable(
              KeySourceCode.SERVICE_UNREACHABLE, "fixed: unreachable");

  private @Nullable SecretBuffer secret;
  private Optional<Fault> fault = Optional.empty();
  private int calls;

  /** Returns a source without a secret: {@link #create} makes 32 random bytes. */
  public static FixedKeySource empty() {
    return new FixedKeySource(null);
  }

  /** Returns a source that has this secret; moves it in and wipes the array. */
  public static FixedKeySource holding(byte[] secret) {
    return new FixedKeySource(SecretBuffer.takeFrom(secret));
  }

  private FixedKeySource(@Nullable SecretBuffer secret) {
    this.secret = secret;
  }

  /** From now on every call fails so. */
  public synchronized void failWith(Fault newFault) {
    fault = Optional.of(newFault);
  }

  /** From now on calls succeed again. */
  public synchronized void recover() {
    fault = Optional.empty();
  }

  /** How often a secret was asked for, by {@link #obtain} or {@link #create}. */
  public synchronized int calls() {
    return calls;
  }

  @Override
  public String kind() {
    return "fixed";
  }

  @Override
  public synchronized SecretBuffer obtain(VolumeId volume) throws KeySourceException {
    calls++;
    failIfTold();
    if (secret == null) {
      throw new KeySourceException.NotFound(
          KeySourceCode.WRAPPED_SECRET_MISSING, "fixed: no secret for volume %s".formatted(volume));
    }
    return secret.slice(0, secret.length());
  }

  @Override
  public synchronized SecretBuffer create(VolumeId volume) throws KeySourceException {
    failIfTold();
    if (secret == null) {
      secret = SecretBuffer.random(32);
    }
    return obtain(volume);
  }

  @Override
  public synchronized boolean exists(VolumeId volume) throws KeySourceException {
    failIfTold();
    return secret != null;
  }

  @Override
  public Map<String, Object> tokenFacts() {
    return Map.of("kind", kind());
  }

  /**
   * Does nothing: the secret stays, as it would in a service, for whoever opens the source again.
   */
  @Override
  public void close() {}

  /** Wipes the secret; the source is then as {@link #empty}. */
  public synchronized void forget() {
    if (secret != null) {
      secret.close();
      secret = null;
    }
  }

  private void failIfTold() throws KeySourceException {
    if (fault.isPresent()) {
      throw fault.get().exception();
    }
  }
}
