package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditException;
import org.secretfs.audit.AuditIdentity;
import org.secretfs.audit.AuditLog;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.failure.KeyManagerException.WrongPrincipal;
import org.secretfs.keymanager.identity.AccessKeys;
import org.secretfs.keymanager.identity.Totp;
import org.secretfs.keymanager.policy.PolicyDocument;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.store.PolicyRecord;
import org.secretfs.keymanager.store.PrincipalStore;
import org.secretfs.keymanager.store.RoleRecord;
import org.secretfs.keymanager.store.UserRecord;

/**
 * Changes users, roles and policies in the database itself; whoever can do this owns the key
 * manager's files. A server on the same database may be running: it follows within a quarter of a
 * second.
 *
 * <p>Every change is recorded. The record is in the audit log when {@link #close} returns, or,
 * where a server writes that log, before the change takes effect there. Whoever opened one closes
 * it.
 */
public final class Administration implements AutoCloseable {
  /** The policy that allows everything. */
  public static final String ADMINISTRATOR_ACCESS = "AdministratorAccess";

  /** The policy that allows to manage keys, and neither to encrypt nor to decrypt with them. */
  public static final String KEY_ADMINISTRATOR = "KeyAdministrator";

  /** The policy that allows to encrypt and decrypt with keys, and not to manage them. */
  public static final String KEY_USER = "KeyUser";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_+=,.@-]{1,64}");
  private static final int LEAST_SESSION_SECONDS = 900;
  private static final int MOST_SESSION_SECONDS = 43_200;

  private final KeyManagerConfig config;
  private final Clock clock;
  private final KeyStore keys;
  private final PrincipalStore store;

  private Administration(KeyManagerConfig config, Clock clock, KeyStore keys) {
    this.config = config;
    this.clock = clock;
    this.keys = keys;
    this.store = keys.principals();
  }

  /** Opens the state that {@link KeyManager#init} made. */
  public static Administration open(KeyManagerConfig config, Clock clock)
      throws KeyManagerException {
    return new Administration(config, clock, KeyStore.open(KeyManager.files(config)));
  }

  /** The same, with the root key of a store that keeps it sealed. */
  public static Administration open(KeyManagerConfig config, RootKey root, Clock clock)
      throws KeyManagerException {
    return new Administration(config, clock, KeyStore.open(KeyManager.files(config), root));
  }

  /** As {@link KeyManager#provisionUser}. */
  public AccessKey provisionUser(String userName, List<String> policies)
      throws KeyManagerException {
    requireName(userName);
    if (change(() -> store.findUser(userName)).isEmpty()) {
      createUser(userName);
    }
    List<String> present = policiesOf(PrincipalStore.user(userName));
    for (String policy : policies) {
      if (!present.contains(policy)) {
        attach(PrincipalStore.user(userName), policy);
      }
    }
    return createAccessKey(userName);
  }

  /**
   * Makes a user, which may do nothing yet.
   *
   * @param name 1 to 64 letters, digits and any of {@code _+=,.@-}
   */
  public void createUser(String name) throws KeyManagerException {
    requireName(name);
    byte[] record = record("CreateUser", object().put("userName", name));
    require(
        change(() -> store.createUser(name, clock.instant(), record)),
        "user \"%s\": exists already",
        name);
  }

  /** Removes a user with its access keys; its sessions end too. */
  public void deleteUser(String name) throws KeyManagerException {
    byte[] record = record("DeleteUser", object().put("userName", name));
    require(change(() -> store.deleteUser(name, record)), "user \"%s\": does not exist", name);
  }

  /** All users by name. */
  public List<UserRecord> users() throws KeyManagerException {
    return change(store::users);
  }

  /** The ids of a user's access keys. */
  public List<String> accessKeysOf(String userName) throws KeyManagerException {
    return change(() -> store.accessKeysOf(userName));
  }

  /** Makes an access key for a user, which the caller closes. The secret is never shown again. */
  public AccessKey createAccessKey(String userName) throws KeyManagerException {
    require(
        change(() -> store.findUser(userName)).isPresent(),
        "user \"%s\": does not exist",
        userName);
    String id = AccessKeys.newId(AccessKeys.LASTING);
    byte[] record =
        record("CreateAccessKey", object().put("userName", userName).put("accessKeyId", id));
    AccessKey key = new AccessKey(id, userName, AccessKeys.newSecret());
    boolean done = false;
    try {
      change(() -> {
        store.createAccessKey(id, userName, key.secret(), clock.instant(), record);
        return true;
      });
      done = true;
      return key;
    } finally {
      if (!done) {
        key.close();
      }
    }
  }

  /** Removes an access key; requests signed with it are refused from then on. */
  public void deleteAccessKey(String accessKeyId) throws KeyManagerException {
    byte[] record = record("DeleteAccessKey", object().put("accessKeyId", accessKeyId));
    require(
        change(() -> store.deleteAccessKey(accessKeyId, record)),
        "access key \"%s\": does not exist",
        accessKeyId);
  }

  /**
   * Gives a user a second factor in place of any before.
   *
   * @return the key for the user's authenticator, which the caller shows once and closes
   */
  public SecretBuffer enableTotp(String userName) throws KeyManagerException {
    byte[] record = record("EnableMFADevice", object().put("userName", userName));
    SecretBuffer key = SecretBuffer.random(Totp.KEY_BYTES);
    boolean done = false;
    try {
      require(
          change(() -> store.putTotp(userName, key, record)),
          "user \"%s\": does not exist",
          userName);
      done = true;
      return key;
    } finally {
      if (!done) {
        key.close();
      }
    }
  }

  /** Sets a tag of a user, which policies know as {@code aws:PrincipalTag/KEY}. */
  public void tagUser(String userName, String key, String value) throws KeyManagerException {
    require(
        change(() -> store.findUser(userName)).isPresent(),
        "user \"%s\": does not exist",
        userName);
    byte[] record =
        record("TagUser", object().put("userName", userName).put("key", key).put("value", value));
    change(() -> {
      store.tag(PrincipalStore.user(userName), key, value, record);
      return true;
    });
  }

  /**
   * Makes a role, which may do nothing yet.
   *
   * @param trustPolicy who may assume it, JSON
   * @param mostSessionSeconds how long its sessions may last, 900 to 43200
   */
  public void createRole(String name, String trustPolicy, int mostSessionSeconds)
      throws KeyManagerException {
    requireName(name);
    PolicyDocument.parse(trustPolicy, PolicyDocument.Kind.TRUST);
    require(
        mostSessionSeconds >= LEAST_SESSION_SECONDS && mostSessionSeconds <= MOST_SESSION_SECONDS,
        "role \"%s\": sessions must last 900 to 43200 seconds",
        name);
    byte[] record =
        record(
            "CreateRole",
            object().put("roleName", name).put("assumeRolePolicyDocument", trustPolicy));
    RoleRecord role = new RoleRecord(name, trustPolicy, mostSessionSeconds, clock.instant());
    require(change(() -> store.createRole(role, record)), "role \"%s\": exists already", name);
  }

  /** Removes a role; its sessions end too. */
  public void deleteRole(String name) throws KeyManagerException {
    byte[] record = record("DeleteRole", object().put("roleName", name));
    require(change(() -> store.deleteRole(name, record)), "role \"%s\": does not exist", name);
  }

  /** All roles by name. */
  public List<RoleRecord> roles() throws KeyManagerException {
    return change(store::roles);
  }

  /** Adds a policy, or replaces the one of this name; nothing is kept that cannot be read. */
  public void putPolicy(String name, String document) throws KeyManagerException {
    requireName(name);
    PolicyDocument.parse(document, PolicyDocument.Kind.IDENTITY);
    byte[] record =
        record("PutPolicy", object().put("policyName", name).put("policyDocument", document));
    change(() -> {
      store.putPolicy(new PolicyRecord(name, document), clock.instant(), record);
      return true;
    });
  }

  /** Removes a policy that nobody has. */
  public void deletePolicy(String name) throws KeyManagerException {
    byte[] record = record("DeletePolicy", object().put("policyName", name));
    require(
        change(() -> store.deletePolicy(name, record)),
        "policy \"%s\": does not exist, or is attached",
        name);
  }

  /** All policies by name. */
  public List<PolicyRecord> policies() throws KeyManagerException {
    return change(store::policies);
  }

  /** The names of the policies of {@code user/NAME} or {@code role/NAME}. */
  public List<String> policiesOf(String principal) throws KeyManagerException {
    return change(() -> store.policiesOf(principal)).stream().map(PolicyRecord::name).toList();
  }

  /** Gives {@code user/NAME} or {@code role/NAME} a policy. */
  public void attach(String principal, String policy) throws KeyManagerException {
    requireExists(principal);
    byte[] record =
        record("AttachPolicy", object().put("principal", principal).put("policyName", policy));
    require(
        change(() -> store.attach(principal, policy, record)),
        "policy \"%s\": does not exist, or is attached already",
        policy);
  }

  /** Takes a policy from {@code user/NAME} or {@code role/NAME}. */
  public void detach(String principal, String policy) throws KeyManagerException {
    byte[] record =
        record("DetachPolicy", object().put("principal", principal).put("policyName", policy));
    require(
        change(() -> store.detach(principal, policy, record)),
        "policy \"%s\": is not attached",
        policy);
  }

  private void requireExists(String principal) throws KeyManagerException {
    int slash = principal.indexOf('/');
    String name = principal.substring(slash + 1);
    Optional<?> found =
        principal.equals(PrincipalStore.role(name))
            ? change(() -> store.findRole(name))
            : change(() -> store.findUser(name));
    require(found.isPresent() && slash > 0, "\"%s\": does not exist", principal);
  }

  private static void requireName(String name) throws WrongPrincipal {
    require(
        NAME.matcher(name).matches(),
        "name \"%s\": must be 1 to 64 of A-Z a-z 0-9 _ + = , . @ -",
        name.replaceAll("\\p{Cntrl}", "?"));
  }

  private static void require(boolean holds, String message, String name) throws WrongPrincipal {
    if (!holds) {
      throw new WrongPrincipal(message.replace("%s", name));
    }
  }

  @FunctionalInterface
  private interface Step<T> {
    T run() throws IOException;
  }

  private static <T> T change(Step<T> step) throws KeyManagerException.Store {
    try {
      return step.run();
    } catch (IOException e) {
      throw new KeyManagerException.Store("the database failed: " + e.getMessage(), e);
    }
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private byte[] record(String name, ObjectNode parameters) {
    return AuditEvent.named("iam.amazonaws.com", name)
        .at(clock.instant())
        .in(config.accountId(), config.region())
        .from("127.0.0.1", "secretfs")
        .by(AuditIdentity.service("secretfs"))
        .asked(parameters)
        .requestId(UUID.randomUUID().toString())
        .build()
        .toJson();
  }

  /** Puts the records on the audit log, unless a server does that, and closes the database. */
  @Override
  public void close() throws KeyManagerException {
    try (keys;
        AuditLog log = AuditLog.open(config.auditDirectory(), clock)) {
      store.deliverRecords(record -> KeyManager.append(log, record));
    } catch (AuditException.Locked e) {
      // The server that writes the log takes them over before the changes take effect.
    } catch (AuditException e) {
      throw new KeyManagerException.Audit(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new KeyManagerException.Store("the database failed: " + e.getMessage(), e);
    }
  }
}
