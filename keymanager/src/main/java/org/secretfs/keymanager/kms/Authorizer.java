package org.secretfs.keymanager.kms;

import java.util.Map;
import java.util.Optional;
import org.secretfs.keymanager.store.KeyRecord;

/** Decides who may do what. */
@FunctionalInterface
public interface Authorizer {
  /**
   * What is to be decided.
   *
   * @param principal who asks
   * @param action as in {@code kms:Decrypt}
   * @param key the key it concerns; empty where there is none yet
   * @param encryptionContext the context of the request; empty where it has none
   */
  record Question(
      Principal principal,
      String action,
      Optional<KeyRecord> key,
      Map<String, String> encryptionContext) {}

  /** Whether it is allowed; must not change anything. */
  boolean allows(Question question);

  /**
   * Allows every principal of the account everything: what the default key policy, together with an
   * identity policy that allows {@code kms:*}, comes to. Key policies are kept, not evaluated.
   */
  static Authorizer account(String accountId) {
    return question -> question.principal().accountId().equals(accountId);
  }
}
