package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditResource;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyStore;

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
  private final ObjectNode auditedParameters = JsonNodeFactory.instance.objectNode();
  private final SequencedSet<String> touchedKeys = new LinkedHashSet<>();
  private @Nullable ObjectNode auditedResponse;

  Call(Operation operation, Principal principal, Params params, Service service, Instant now) {
    this.operation = operation;
    this.principal = principal;
    this.params = params;
    this.service = service;
    this.now = now;
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
    return authorized(service.finder().find(name), context);
  }

  /** As {@link #key()}, where an alias is not allowed. */
  KeyRecord keyByIdOrArn() throws Refused, IOException {
    String name = params.requiredKeyId();
    audit("keyId", name);
    return authorized(service.finder().findByIdOrArn(name), EncryptionContext.none());
  }

  KeyRecord find(String name) throws Refused, IOException {
    return service.finder().find(name);
  }

  /** Refuses if the principal may not do this operation with the key. */
  KeyRecord authorized(KeyRecord key, EncryptionContext context) throws Refused {
    return authorized(operation.name(), key, context);
  }

  KeyRecord authorized(String action, KeyRecord key, EncryptionContext context) throws Refused {
    touchedKeys.add(arns().key(key.id()));
    decide(action, Optional.of(key), context);
    return key;
  }

  /** Refuses if the principal may not do this operation at all. */
  void authorizeWithoutKey() throws Refused {
    decide(operation.name(), Optional.empty(), EncryptionContext.none());
  }

  private void decide(String action, Optional<KeyRecord> key, EncryptionContext context)
      throws Refused {
    Authorizer.Question question =
        new Authorizer.Question(principal, "kms:" + action, key, context.pairs());
    if (!service.authorizer().allows(question)) {
      String resource = key.map(record -> arns().key(record.id())).orElse("*");
      throw new Refused(
          KmsErrorCode.ACCESS_DENIED,
          "User: %s is not authorized to perform: kms:%s on resource: %s"
              .formatted(principal.arn(), action, resource));
    }
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
        auditedParameters.isEmpty() ? null : auditedParameters, auditedResponse, resources);
  }
}
