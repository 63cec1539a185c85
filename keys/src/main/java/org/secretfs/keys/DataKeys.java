package org.secretfs.keys;

import java.util.function.BiFunction;
import org.secretfs.crypto.memory.SecretBuffer;

/** Data keys of a KMS key, for callers that keep the wrapped form themselves. */
public final class DataKeys implements AutoCloseable {
  private final KmsCalls kms;
  private final VolumeId user;

  /**
   * Connects at the first call.
   *
   * @param user what the keys are for, in messages
   */
  public DataKeys(KmsSettings settings, VolumeId user) {
    this.kms = new KmsCalls(settings, CallObserver.NONE);
    this.user = user;
  }

  /**
   * A new data key of 32 bytes, given to {@code use} with its wrapped form.
   *
   * @param use takes over the secret
   */
  public <T> T generate(BiFunction<SecretBuffer, byte[], T> use) throws KeySourceException {
    DataKey made = kms.generate(user);
    return use.apply(made.secret(), made.wrapped());
  }

  /** Decrypts a wrapped form; the caller closes the secret. */
  public SecretBuffer decrypt(byte[] wrapped) throws KeySourceException {
    return kms.decrypt(user, wrapped, "of " + user);
  }

  @Override
  public void close() {
    kms.close();
  }
}
