package org.secretfs.keymanager.seal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * A way to keep the 32-byte key that the root key is sealed under. A seal is made anew, or of the
 * facts that an earlier one left in the sealed root; both give the same key. For one thread;
 * whoever made one closes it.
 */
public interface Seal extends AutoCloseable {
  /** What it is called in the sealed root. */
  String kind();

  /** What must be known to find the key again, besides what people enter. No secret. */
  ObjectNode facts();

  /** How many secrets people must still enter; 0 for a seal that needs nobody. */
  int missing();

  /** How many secrets people must enter in all. */
  default int needed() {
    return 0;
  }

  /** Whether a secret that was entered is one of this seal's kind, right or not. */
  default boolean isMeant(SecretBuffer entry) {
    return false;
  }

  /**
   * Takes what somebody entered.
   *
   * @param entry not kept
   * @throws KeyManagerException.Unseal if it is not of this seal, as far as can be told yet
   */
  default void offer(SecretBuffer entry) throws KeyManagerException.Unseal {
    throw new KeyManagerException.Unseal("seal %s: takes no entry".formatted(kind()));
  }

  /**
   * The key, once nothing is missing; the caller closes it.
   *
   * @throws KeyManagerException if the key cannot be had, or what was entered is wrong; what was
   *     entered is forgotten then
   */
  SecretBuffer key() throws KeyManagerException;

  /** Wipes what was entered, so that all is missing again. */
  default void forget() {}

  @Override
  default void close() {
    forget();
  }
}
