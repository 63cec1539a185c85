package org.secretfs.keymanager.store;

import java.sql.SQLException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.secretfs.crypto.Aead;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.seal.RootKey;

/**
 * The key-encryption keys, one for each purpose: they wrap what the database keeps, and the root
 * key wraps them. So another root key changes five rows, however many keys there are. Whoever holds
 * them closes them.
 */
final class WrappingKeys implements AutoCloseable {
  private final Map<KeyPurpose, SecretBuffer> keys = new EnumMap<>(KeyPurpose.class);

  private WrappingKeys() {}

  /** New ones. */
  static WrappingKeys random() {
    WrappingKeys all = new WrappingKeys();
    for (KeyPurpose purpose : KeyPurpose.values()) {
      all.keys.put(purpose, SecretBuffer.random(Aead.KEY_BYTES));
    }
    return all;
  }

  /**
   * Those of a database from before there were any: its root key wrapped everything by itself, and
   * goes on to, under another root key. Only backups, which there were none of, get a new key.
   */
  static WrappingKeys ofFormer(RootKey root) {
    WrappingKeys all = random();
    for (KeyPurpose purpose : KeyPurpose.values()) {
      if (purpose != KeyPurpose.BACKUPS) {
        SecretBuffer copy = root.secret().slice(0, Aead.KEY_BYTES);
        Optional.ofNullable(all.keys.put(purpose, copy)).ifPresent(SecretBuffer::close);
      }
    }
    return all;
  }

  /**
   * Those of a database.
   *
   * @throws CryptoException.Tampered if {@code root} is not its root key
   */
  static WrappingKeys read(Sql sql, String databaseId, RootKey root)
      throws SQLException, CryptoException.Tampered {
    WrappingKeys all = new WrappingKeys();
    boolean whole = false;
    try {
      for (KeyPurpose purpose : KeyPurpose.values()) {
        byte[] wrapped = wrapped(sql, purpose);
        all.keys.put(purpose, unwrap(databaseId, purpose, root, wrapped));
      }
      whole = true;
      return all;
    } finally {
      if (!whole) {
        all.close();
      }
    }
  }

  static byte[] wrapped(Sql sql, KeyPurpose purpose) throws SQLException {
    return sql.one(
            row -> row.getBytes(1),
            "SELECT wrapped FROM wrapping_keys WHERE purpose = ?",
            purpose.text())
        .orElseThrow(() -> new SQLException("wrapping key %s is gone".formatted(purpose.text())));
  }

  static SecretBuffer unwrap(String databaseId, KeyPurpose purpose, RootKey root, byte[] wrapped)
      throws CryptoException.Tampered {
    return Aead.openSecret(root.secret(), place(databaseId, purpose), wrapped);
  }

  /** Puts them into a database, in place of any that are there. */
  void write(Sql sql, String databaseId, RootKey root) throws SQLException {
    for (KeyPurpose purpose : KeyPurpose.values()) {
      byte[] wrapped = Aead.sealSecret(root.secret(), place(databaseId, purpose), of(purpose));
      sql.update(
          """
          INSERT INTO wrapping_keys VALUES (?, ?)
          ON CONFLICT (purpose) DO UPDATE SET wrapped = excluded.wrapped\
          """,
          purpose.text(),
          wrapped);
    }
  }

  private static byte[] place(String databaseId, KeyPurpose purpose) {
    return new LengthPrefixed("secretfs wrapping key")
        .text(databaseId)
        .text(purpose.text())
        .toBytes();
  }

  SecretBuffer of(KeyPurpose purpose) {
    SecretBuffer key = keys.get(purpose);
    if (key == null) {
      throw new IllegalStateException("every purpose has a key until all are closed");
    }
    return key;
  }

  @Override
  public void close() {
    keys.values().forEach(SecretBuffer::close);
  }
}
