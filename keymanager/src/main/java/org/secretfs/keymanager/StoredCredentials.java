package org.secretfs.keymanager;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.secretfs.audit.AuditLog;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.sigv4.Credentials;
import org.secretfs.keymanager.store.KeyStore;

/**
 * The access keys of the store. One that is seen for the first time may have been made by another
 * process; its record is then put on the audit log before it is accepted.
 */
final class StoredCredentials implements Credentials {
  private static final int MOST_CACHED = 10_000;

  private final KeyStore store;
  private final AuditLog log;
  private final Map<String, String> users = new ConcurrentHashMap<>();

  StoredCredentials(KeyStore store, AuditLog log) {
    this.store = store;
    this.log = log;
  }

  @Override
  public Optional<String> userOf(String accessKeyId) throws IOException {
    String known = users.get(accessKeyId);
    return known == null ? firstSeen(accessKeyId) : Optional.of(known);
  }

  private Optional<String> firstSeen(String accessKeyId) throws IOException {
    Optional<String> user = store.userOf(accessKeyId);
    if (user.isPresent()) {
      deliverRecords();
      if (users.size() >= MOST_CACHED) {
        users.clear();
      }
      users.put(accessKeyId, user.get());
    }
    return user;
  }

  private synchronized void deliverRecords() throws IOException {
    store.deliverRecords(record -> KeyManager.append(log, record));
  }

  @Override
  public SecretBuffer secretOf(String accessKeyId, String userName) throws IOException {
    return store.secretOf(accessKeyId, userName);
  }
}
