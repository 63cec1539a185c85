package org.secretfs.keymanager.seal;

import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/** Another key manager, whose key seals this one's root key. */
public interface ParentKms extends AutoCloseable {
  /** A new data key of 32 bytes, which the caller closes, with its ciphertext. */
  Wrapped generate() throws KeyManagerException;

  /** The data key that {@code ciphertext} was given with; the caller closes it. */
  SecretBuffer decrypt(byte[] ciphertext) throws KeyManagerException;

  @Override
  void close();

  /** A data key on its way into a seal. */
  final class Wrapped implements AutoCloseable {
    private final SecretBuffer secret;
    private final byte[] ciphertext;

    /** Takes over {@code secret}. */
    public Wrapped(SecretBuffer secret, byte[] ciphertext) {
      this.secret = secret;
      this.ciphertext = ciphertext.clone();
    }

    SecretBuffer secret() {
      return secret;
    }

    byte[] ciphertext() {
      return ciphertext;
    }

    @Override
    public void close() {
      secret.close();
    }
  }

  /**
   * Which key of which key manager.
   *
   * @param keyId an id, ARN or alias
   * @param region empty for what the environment or an ARN says
   * @param endpoint empty for the region's own
   */
  record Place(String keyId, String region, String endpoint) {}

  /** Connects to another key manager. */
  @FunctionalInterface
  interface Factory {
    /** None: key managers that a KMS seals cannot be unsealed by it. */
    Factory NONE =
        place -> {
          throw new KeyManagerException.Configuration(
              "seal kms: this program has no KMS client; use the secretfs command");
        };

    /** Returns a connection, which the caller closes. */
    ParentKms connect(Place place) throws KeyManagerException;
  }
}
