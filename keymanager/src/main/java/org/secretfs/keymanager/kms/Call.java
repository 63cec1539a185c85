package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditResource;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.policy.Decision;
import org.secretfs.keymanager.policy.GrantRule;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.store.SecretCache;

/**
 * One request while an operation works on it: who asks, what for, and what the record of it will
 * say. For one thread.
 */
final class Call {
  private final Operation operation;
  private final Principal principal;
  private final Params params;
  private final Service service;
  private final Instant now;
  private final Access access;
  private final ObjectNode auditedParameters = JsonNodeFactory.instance.objectNode();
  private final SequencedSet<String> touchedKeys = new LinkedHashSet<>();
  private @Nullable ObjectNode auditedResponse;

  Call(Operation operation, Principal principal, Params params, Service service, Instant now) {
    this.operation = operation;
    this.principal = principal;
    this.params = params;
    this.service = service;
    this.now = now;
    this.access = new Access(service, principal);
  }

  /** The name of the operation. */
  String operationName() {
    return operation.name();
  }

  /** Uses the present material of a key. */
  <T extends @Nullable Object> T withMaterial(KeyRecord key, SecretCache.Use<T, IOException> use)
      throws IOException {
    List<T> result = new ArrayList<>(1);
    boolean used =
        store()
            .withMaterial(
                key.id(),
                key.currentVersion(),
                material -> {
                  result.add(use.apply(material));
                  return true;
                })
            .isPresent();
    if (!used) {
      throw new IOException("key %s has no material".formatted(key.id()));
    }
    return result.getFirst();
  }

  Params params() {
    return params;
  }

  KeyStore store() {
    return service.store();
  }

  Arns arns() {
    return service.arns();
  }

  Instant now() {
    return now;
  }

  ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** The key that the member KeyId names, if the principal may use it so. */
  KeyRecord key() throws Refused, IOException {
    return key(EncryptionContext.none());
  }

  KeyRecord key(EncryptionContext context) throws Refused, IOException {
    String name = params.requiredKeyId();
    audit("keyId", name);
    return authorized(find(name), context);
  }

  /** As {@link #key()}, where an alias is not allowed. */
  KeyRecord keyByIdOrArn() throws Refused, IOException {
    String name = params.requiredKeyId();
    audit("keyId", name);
    return authorized(service.finder().findByIdOrArn(name), EncryptionContext.none());
  }

  KeyRecord find(String name) throws Refused, IOException {
    access.named(name);
    return service.finder().find(name);
  }

  /** Refuses if the principal may not do this operation with the key. */
  KeyRecord authorized(KeyRecord key, EncryptionContext context) throws Refused, IOException {
    return authorized(operation.name(), key, context);
  }

  KeyRecord authorized(String action, KeyRecord key, EncryptionContext context)
      throws Refused, IOException {
    touchedKeys.add(arns().key(key.id()));
    access.require(action, key, new GrantRule.Use(context.pairs(), null));
    return key.asOf(now);
  }

  /** As {@link #keyByIdOrArn()}, for the operation that makes a grant. */
  KeyRecord keyForGrant(String name, GrantRule made) throws Refused, IOException {
    audit("keyId", name);
    KeyRecord key = service.finder().findByIdOrArn(name);
    touchedKeys.add(arns().key(key.id()));
    access.require(operation.name(), key, new GrantRule.Use(Map.of(), made));
    return key.asOf(now);
  }

  /** What policies say about this operation with a key, where they are not all that decides. */
  Decision decision(KeyRecord key) throws IOException {
    touchedKeys.add(arns().key(key.id()));
    return access.decide(operation.name(), key, GrantRule.Use.PLAIN);
  }

  void require(Decision decision, KeyRecord key) throws Refused {
    access.require(decision, operation.name(), arns().key(key.id()));
  }

  /** Refuses if the principal may not do this operation with the alias, beside its key. */
  void authorizeAlias(String name) throws Refused {
    access.requireAlone(operation.name(), arns().alias(name));
  }

  /** Refuses if the principal may not do this operation at all. */
  void authorizeWithoutKey() throws Refused {
    authorizeWithoutKey(operation.name());
  }

  void authorizeWithoutKey(String action) throws Refused {
    access.requireAlone(action, "*");
  }

  /** Whether the principal could change the policy of a key that were like this. */
  boolean mayPutPolicy(KeyRecord key) throws IOException {
    return access.allows("PutKeyPolicy", key);
  }

  /** Adds a condition key of this request. */
  void fact(String name, String value) {
    access.fact(name, value);
  }

  /** Adds the condition keys of the tags that a request sets or removes. */
  void tagFacts(Map<String, String> tags, Collection<String> keys) {
    access.tagFacts(tags, keys);
  }

  Principal principal() {
    return principal;
  }

  ImportWrapping importWrapping() {
    return service.importWrapping();
  }

  GrantTokens grantTokens() {
    return service.grantTokens();
  }

  /** Adds to what the record says was asked. Never data. */
  void audit(String name, String value) {
    auditedParameters.put(name, value);
  }

  void audit(String name, int value) {
    auditedParameters.put(name, value);
  }

  void audit(String name, EncryptionContext context) {
    if (!context.isEmpty()) {
      ObjectNode pairs = auditedParameters.putObject(name);
      context.pairs().forEach(pairs::put);
    }
  }

  /** Sets what the record says was made. Never data. */
  void auditResponse(ObjectNode response) {
    auditedResponse = response.deepCopy();
  }

  /** Notes a key that was made or touched without asking. */
  void touched(String keyId) {
    touchedKeys.add(arns().key(keyId));
  }

  Outcome.Trace trace() {
    List<AuditResource> resources = new ArrayList<>();
    for (String arn : touchedKeys) {
      resources.add(AuditResource.kmsKey(arn, arns().accountId()));
    }
    return new Outcome.Trace(
        auditedParameters.isEmpty() ? null : auditedParameters,
        auditedResponse,
        resources,
        access.decisions());
  }
}
