package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.time.Clock;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Pattern;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditException;
import org.secretfs.audit.AuditIdentity;
import org.secretfs.audit.AuditLog;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.store.StoreFiles;

/** Sets up a key manager's state, without a server. */
public final class KeyManager {
  private static final Pattern USER_NAME = Pattern.compile("[A-Za-z0-9_+=,.@-]{1,64}");
  private static final String ID_PREFIX = "AKIA";
  private static final String ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int ID_RANDOM_CHARS = 16;
  private static final int SECRET_RANDOM_BYTES = 30;

  private KeyManager() {}

  /**
   * Makes the directories, the root key and the database where they are missing, with modes 0700
   * and 0600. May be repeated; what is there is checked and never made anew. In particular a
   * missing root key is not made for a database that exists.
   *
   * @throws KeyManagerException if what is there does not fit together or to {@code config}
   */
  public static void init(KeyManagerConfig config, Clock clock) throws KeyManagerException {
    KeyStore.init(files(config));
    try {
      AuditLog.open(config.auditDirectory(), clock).close();
    } catch (AuditException.Locked e) {
      // A server writes it, so it is there.
    } catch (AuditException | IOException e) {
      throw new KeyManagerException.Audit(String.valueOf(e.getMessage()), e);
    }
  }

  static StoreFiles files(KeyManagerConfig config) {
    return new StoreFiles(
        config.stateDirectory(), config.rootKeyFile(), config.accountId(), config.region());
  }

  /**
   * Makes an access key for a user.
   *
   * <p>Works on the database itself; a server on the same database may be running and knows the new
   * key at once. The secret is never shown again. The record of it is in the audit log when this
   * returns, or, where a server writes that log, before the server accepts the key.
   *
   * @param userName 1 to 64 letters, digits and any of {@code _+=,.@-}
   * @return the key, which the caller closes
   */
  public static AccessKey createAccessKey(KeyManagerConfig config, String userName, Clock clock)
      throws KeyManagerException {
    if (!USER_NAME.matcher(userName).matches()) {
      throw new KeyManagerException.Configuration(
          "user name \"%s\": must be 1 to 64 of A-Z a-z 0-9 _ + = , . @ -".formatted(userName));
    }
    SecretBuffer secret = newSecret();
    try (KeyStore store = KeyStore.open(files(config))) {
      String id = newId();
      byte[] record = record(config, clock, id, userName);
      store.createAccessKey(id, userName, secret, clock.instant(), record);
      deliverRecords(config, clock, store);
      return new AccessKey(id, userName, secret);
    } catch (IOException e) {
      secret.close();
      throw new KeyManagerException.Store("access key: cannot be kept: " + e.getMessage(), e);
    } catch (KeyManagerException e) {
      secret.close();
      throw e;
    }
  }

  private static void deliverRecords(KeyManagerConfig config, Clock clock, KeyStore store)
      throws KeyManagerException, IOException {
    try (AuditLog log = AuditLog.open(config.auditDirectory(), clock)) {
      store.deliverRecords(record -> append(log, record));
    } catch (AuditException.Locked e) {
      // The server that writes the log takes them over before it accepts the key.
    } catch (AuditException e) {
      throw new KeyManagerException.Audit(String.valueOf(e.getMessage()), e);
    }
  }

  /** Writes a record that was kept as bytes. */
  static void append(AuditLog log, byte[] record) throws IOException {
    try {
      log.append(AuditEvent.fromJson(record));
    } catch (AuditException.MalformedLine e) {
      throw new IOException("a pending record was changed in the database", e);
    }
  }

  private static byte[] record(
      KeyManagerConfig config, Clock clock, String accessKeyId, String userName) {
    var element = JsonNodeFactory.instance.objectNode();
    element.putObject("accessKey").put("accessKeyId", accessKeyId).put("userName", userName);
    var parameters = JsonNodeFactory.instance.objectNode();
    return AuditEvent.named("iam.amazonaws.com", "CreateAccessKey")
        .at(clock.instant())
        .in(config.accountId(), config.region())
        .from("127.0.0.1", "secretfs")
        .by(AuditIdentity.service("secretfs"))
        .asked(parameters.put("userName", userName))
        .answered(element)
        .requestId(UUID.randomUUID().toString())
        .build()
        .toJson();
  }

  private static String newId() {
    StringBuilder id = new StringBuilder(ID_PREFIX);
    for (byte b : KernelRandom.bytes(ID_RANDOM_CHARS)) {
      id.append(ID_ALPHABET.charAt(b & 31));
    }
    return id.toString();
  }

  @BorrowsSecret(because = "Base64 encodes arrays")
  private static SecretBuffer newSecret() {
    try (SecretBuffer random = SecretBuffer.random(SECRET_RANDOM_BYTES)) {
      byte[] text = random.borrow(bytes -> Base64.getEncoder().encode(bytes));
      return SecretBuffer.takeFrom(text);
    }
  }
}
