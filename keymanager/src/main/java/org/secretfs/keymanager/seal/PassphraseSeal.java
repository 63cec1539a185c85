package org.secretfs.keymanager.seal;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.kdf.Argon2;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * A passphrase that somebody knows, made slow to guess by Argon2id.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc9106 RFC 9106 §4 Parameter choice
 */
public final class PassphraseSeal implements Seal {
  static final String KIND = "passphrase";

  /** The least bytes of a new passphrase. */
  public static final int LEAST_BYTES = 8;

  /** The RFC's choice for where memory is scarce: 64 MiB, 3 passes, 4 lanes. */
  private static final Argon2.Cost COST = new Argon2.Cost(3, 64 << 10, 4);

  // A sealed root that was tampered with must not take the machine.
  private static final int MOST_MEMORY_KIB = 1 << 20;
  private static final int MOST_PASSES = 64;
  private static final int SALT_BYTES = 16;
  private static final int KEY_BYTES = 32;

  private final byte[] salt;
  private final Argon2.Cost cost;
  private @Nullable SecretBuffer passphrase;

  private PassphraseSeal(byte[] salt, Argon2.Cost cost) {
    this.salt = salt;
    this.cost = cost;
  }

  /** A new seal; {@code passphrase} is copied. */
  public static PassphraseSeal make(SecretBuffer passphrase) throws KeyManagerException {
    if (passphrase.length() < LEAST_BYTES) {
      throw new KeyManagerException.Configuration(
          "passphrase of %d bytes: must have at least %d"
              .formatted(passphrase.length(), LEAST_BYTES));
    }
    byte[] salt = new byte[SALT_BYTES];
    KernelRandom.fill(salt, 0, SALT_BYTES);
    PassphraseSeal seal = new PassphraseSeal(salt, COST);
    seal.offer(passphrase);
    return seal;
  }

  static PassphraseSeal of(Facts facts) throws KeyManagerException.RootKey {
    return new PassphraseSeal(
        facts.hex("salt", SALT_BYTES),
        new Argon2.Cost(
            facts.number("passes", 1, MOST_PASSES),
            facts.number("memory_kib", 8 * Argon2.MAX_LANES, MOST_MEMORY_KIB),
            facts.number("lanes", 1, Argon2.MAX_LANES)));
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public ObjectNode facts() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("kdf", "argon2id")
        .put("passes", cost.timeCost())
        .put("memory_kib", cost.memoryKib())
        .put("lanes", cost.lanes())
        .put("salt", HexFormat.of().formatHex(salt));
  }

  @Override
  public int missing() {
    return passphrase == null ? 1 : 0;
  }

  @Override
  public int needed() {
    return 1;
  }

  @Override
  public boolean isMeant(SecretBuffer entry) {
    return !Share.isMeant(entry);
  }

  @Override
  public void offer(SecretBuffer entry) {
    forget();
    passphrase = entry.slice(0, entry.length());
  }

  @Override
  public SecretBuffer key() throws KeyManagerException {
    if (passphrase == null) {
      throw new KeyManagerException.Unseal("passphrase: was not entered");
    }
    try {
      return Argon2.derive(
          Argon2.Variant.ARGON2ID,
          passphrase,
          salt,
          cost.timeCost(),
          cost.memoryKib(),
          cost.lanes(),
          KEY_BYTES);
    } catch (CryptoException e) {
      throw new KeyManagerException.Unavailable("passphrase: cannot be derived from", e);
    }
  }

  @Override
  public void forget() {
    if (passphrase != null) {
      passphrase.close();
      passphrase = null;
    }
  }
}
