package org.secretfs.keymanager;

import org.secretfs.crypto.memory.SecretBuffer;

/** What a client signs its requests with. Whoever holds one closes it. */
public final class AccessKey implements AutoCloseable {
  private final String id;
  private final String userName;
  private final SecretBuffer secret;

  AccessKey(String id, String userName, SecretBuffer secret) {
    this.id = id;
    this.userName = userName;
    this.secret = secret;
  }

  /** The id, 20 capital letters and digits that begin with {@code AKIA}; no secret. */
  public String id() {
    return id;
  }

  /** Whose key it is. */
  public String userName() {
    return userName;
  }

  /** The secret access key: 40 ASCII characters. Valid until {@link #close}. */
  public SecretBuffer secret() {
    return secret;
  }

  /** Wipes the secret. */
  @Override
  public void close() {
    secret.close();
  }

  @Override
  public String toString() {
    return "AccessKey[%s of %s]".formatted(id, userName);
  }
}
