package org.secretfs.keymanager.store;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;
import org.secretfs.crypto.Aead;
import org.secretfs.crypto.CryptoException;
import org.secretfs.keymanager.seal.RootKey;

/** The root key of a database from before there were key-encryption keys. */
final class FormerRoot {
  private static final byte[] CHECK =
      "secretfs key manager root check".getBytes(StandardCharsets.US_ASCII);

  private FormerRoot() {}

  static boolean opens(Sql sql, String databaseId, RootKey root) throws SQLException {
    Optional<byte[]> check = Meta.rootCheck(sql);
    byte[] place = new LengthPrefixed("secretfs root check").text(databaseId).toBytes();
    try {
      return check.isPresent()
          && Arrays.equals(Aead.open(root.secret(), place, check.get()), CHECK);
    } catch (CryptoException.Tampered e) {
      return false;
    }
  }
}
