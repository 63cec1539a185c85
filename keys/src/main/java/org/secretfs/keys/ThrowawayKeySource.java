package org.secretfs.keys;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A random secret that is stored nowhere: the volume is made anew at each boot, and what was on it
 * is lost when it is closed.
 *
 * <p>With an escrow the secret is sealed once to a public key before the volume is made, so that
 * whoever holds the private key, and nobody on this machine, can open the volume later.
 */
public final class ThrowawayKeySource implements KeySource {
  /** The kind, as tokens name it. */
  public static final String KIND = "throwaway";

  private static final int SECRET_BYTES = 32;

  private final Optional<Escrow> escrow;

  public ThrowawayKeySource(Optional<Escrow> escrow) {
    this.escrow = escrow;
  }

  @Override
  public String kind() {
    return KIND;
  }

  /** Always fails: there is nothing to be obtained. */
  @Override
  public SecretBuffer obtain(VolumeId volume) throws KeySourceException {
    throw new KeySourceException.NotFound(
        KeySourceCode.SECRET_NOT_KEPT,
        "volume %s: its key was thrown away when it was closed".formatted(volume));
  }

  @Override
  public SecretBuffer create(VolumeId volume) throws KeySourceException {
    return make(volume).secret();
  }

  @Override
  public NewSecret make(VolumeId volume) throws KeySourceException {
    SecretBuffer secret = SecretBuffer.random(SECRET_BYTES);
    try {
      Map<String, Object> facts = new HashMap<>(tokenFacts());
      if (escrow.isPresent()) {
        facts.put("escrow", escrow.get().seal(volume, secret));
      }
      return new NewSecret(secret, facts);
    } catch (KeySourceException | RuntimeException e) {
      secret.close();
      throw e;
    }
  }

  @Override
  public Keeping keeping() {
    return escrow.isPresent() ? Keeping.ESCROWED : Keeping.NOWHERE;
  }

  @Override
  public boolean exists(VolumeId volume) {
    return false;
  }

  @Override
  public Map<String, Object> tokenFacts() {
    return Map.of("kind", KIND);
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
