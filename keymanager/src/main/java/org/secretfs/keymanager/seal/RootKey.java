package org.secretfs.keymanager.seal;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.secretfs.crypto.Aead;
import org.secretfs.crypto.HmacSha256;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The key over all others: it wraps the key-encryption keys, and nothing else. Whoever holds one
 * closes it.
 */
public final class RootKey implements AutoCloseable {
  private static final byte[] ID_LABEL = "secretfs root id".getBytes(StandardCharsets.US_ASCII);
  private static final int ID_BYTES = 16;

  private final SecretBuffer secret;

  private RootKey(SecretBuffer secret) {
    this.secret = secret;
  }

  /** A new one. */
  public static RootKey random() {
    return new RootKey(SecretBuffer.random(Aead.KEY_BYTES));
  }

  /**
   * Takes over a secret of 32 bytes.
   *
   * @throws IllegalArgumentException if it has another length; it is closed then
   */
  public static RootKey takeOver(SecretBuffer secret) {
    if (secret.length() != Aead.KEY_BYTES) {
      int length = secret.length();
      secret.close();
      throw new IllegalArgumentException(
          "root key of %d bytes: must be %d".formatted(length, Aead.KEY_BYTES));
    }
    return new RootKey(secret);
  }

  /** 32 hexadecimal digits that tell one root key from another, and nothing about it. */
  public String id() {
    return HexFormat.of().formatHex(Arrays.copyOf(HmacSha256.mac(secret, ID_LABEL), ID_BYTES));
  }

  /** The key itself. Valid until {@link #close}. */
  public SecretBuffer secret() {
    return secret;
  }

  /** A copy, which the caller closes. */
  public RootKey copy() {
    return new RootKey(secret.slice(0, secret.length()));
  }

  /** Wipes the key. */
  @Override
  public void close() {
    secret.close();
  }
}
