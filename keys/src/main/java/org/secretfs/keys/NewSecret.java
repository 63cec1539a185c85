package org.secretfs.keys;

import java.util.Map;
import org.secretfs.crypto.memory.SecretBuffer;

/** A secret that was just made, and what the volume's header must record of it. */
public final class NewSecret implements AutoCloseable {
  private final SecretBuffer secret;
  private final Map<String, Object> facts;

  /**
   * @param secret is closed with this
   * @param facts as {@link KeySource#tokenFacts}
   */
  public NewSecret(SecretBuffer secret, Map<String, Object> facts) {
    this.secret = secret;
    this.facts = Map.copyOf(facts);
  }

  /** The secret; valid until this is closed. */
  public SecretBuffer secret() {
    return secret;
  }

  /** For the token in the volume's header. Holds no secret. */
  public Map<String, Object> facts() {
    return facts;
  }

  @Override
  public void close() {
    secret.close();
  }
}
