package org.secretfs.keymanager.store;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.secretfs.audit.delivery.DeliveryStore;
import org.secretfs.audit.delivery.TrailKey;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * How far the delivery of the audit trail has come, and the keys that sign its digests. Public keys
 * are kept for ever; of the private ones only the newest is.
 */
public final class TrailStore implements DeliveryStore {
  private static final String STATE = "state";

  private final Transactions transactions;
  private final Wrapping wrapping;

  TrailStore(Transactions transactions, Wrapping wrapping) {
    this.transactions = transactions;
    this.wrapping = wrapping;
  }

  @Override
  public Optional<byte[]> load() throws IOException {
    return transactions.read(sql ->
        sql.one(row -> row.getBytes(1), "SELECT value FROM trail_state WHERE name = ?", STATE));
  }

  @Override
  public void save(byte[] state) throws IOException {
    int saved =
        transactions.write(
            Transactions::nothingIsMirrored,
            sql -> sql.update("INSERT OR REPLACE INTO trail_state VALUES (?, ?)", STATE, state));
    if (saved != 1) {
      throw new IOException("the state of the trail was not kept");
    }
  }

  /** All public keys, oldest first. */
  public List<TrailKey> keys() throws IOException {
    return transactions.read(sql ->
        sql.list(
            TrailStore::key,
            "SELECT public_key, valid_from_seconds, valid_until_seconds FROM trail_keys"
                + " ORDER BY valid_from_seconds, fingerprint"));
  }

  private static TrailKey key(ResultSet row) throws SQLException {
    return new TrailKey(
        row.getBytes(1),
        Instant.ofEpochSecond(row.getLong(2)),
        Instant.ofEpochSecond(row.getLong(3)));
  }

  /** The key that signs now; empty before the first. */
  public Optional<TrailKey> current() throws IOException {
    return transactions.read(sql ->
        sql.one(
            TrailStore::key,
            "SELECT public_key, valid_from_seconds, valid_until_seconds FROM trail_keys"
                + " WHERE wrapped_private IS NOT NULL"));
  }

  /** Adds a key that signs from now on, and destroys the private key of the one before. */
  public void add(TrailKey key, SecretBuffer privateKey) throws IOException {
    byte[] wrapped = wrapping.wrapTrailKey(key.fingerprint(), privateKey);
    int added =
        transactions.write(
            Transactions::nothingIsMirrored,
            sql -> {
              sql.update("UPDATE trail_keys SET wrapped_private = NULL");
              return sql.update(
                  "INSERT INTO trail_keys VALUES (?, ?, ?, ?, ?)",
                  key.fingerprint(),
                  key.der(),
                  wrapped,
                  key.validFrom().getEpochSecond(),
                  key.validUntil().getEpochSecond());
            });
    if (added != 1) {
      throw new IOException("the key of the trail was not kept");
    }
  }

  /** A private key, which the caller closes. */
  public SecretBuffer privateKey(String fingerprint) throws IOException {
    Optional<byte[]> wrapped =
        transactions.read(sql ->
            sql.one(
                row -> row.getBytes(1),
                "SELECT wrapped_private FROM trail_keys"
                    + " WHERE fingerprint = ? AND wrapped_private IS NOT NULL",
                fingerprint));
    try {
      return wrapping.unwrapTrailKey(
          fingerprint,
          wrapped.orElseThrow(
              () -> new IOException("trail key %s: is not there".formatted(fingerprint))));
    } catch (CryptoException.Tampered e) {
      throw new IOException("trail key %s: was changed in the database".formatted(fingerprint), e);
    }
  }
}
