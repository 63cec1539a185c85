package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.json.StrictJson;
import org.secretfs.keymanager.policy.PolicyCache;
import org.secretfs.keymanager.policy.PolicyDocument;
import org.secretfs.keymanager.store.KeyStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The KMS API without HTTP: from a target and a body to an outcome. For several threads. */
public final class Service {
  /** The longest body of a request, in bytes. */
  public static final int MOST_BODY_BYTES = StrictJson.MOST_BYTES;

  private static final Logger LOG = LoggerFactory.getLogger(Service.class);
  private static final String TARGET = "TrentService.";

  private final KeyStore store;
  private final Arns arns;
  private final Clock clock;
  private final KeyFinder finder;
  private final PolicyCache keyPolicies = new PolicyCache(PolicyDocument.Kind.KEY);
  private final GrantTokens grantTokens;
  private final ImportWrapping importWrapping;

  /** Makes one on a store, which it does not close. */
  public Service(KeyStore store, Arns arns, Clock clock) {
    this.store = store;
    this.arns = arns;
    this.clock = clock;
    this.finder = new KeyFinder(store, arns);
    this.grantTokens = new GrantTokens(store.tokens());
    this.importWrapping = new ImportWrapping(store.tokens());
  }

  KeyStore store() {
    return store;
  }

  Arns arns() {
    return arns;
  }

  PolicyCache keyPolicies() {
    return keyPolicies;
  }

  ImportWrapping importWrapping() {
    return importWrapping;
  }

  GrantTokens grantTokens() {
    return grantTokens;
  }

  KeyFinder finder() {
    return finder;
  }

  /**
   * The name of the operation that a target means, for the record; {@code Unknown} if it is not
   * like the name of one.
   */
  public static String operationName(String target) {
    String name = target.startsWith(TARGET) ? target.substring(TARGET.length()) : "";
    return name.matches("[A-Za-z]{1,64}") ? name : "Unknown";
  }

  /** Whether there is an operation of this name. */
  public static boolean knows(String name) {
    return Operations.named(name).isPresent();
  }

  /**
   * Does what a request asks. Never throws for what a client sent.
   *
   * @param principal who asks, proven
   * @param target the value of the header X-Amz-Target
   * @param body the body, JSON
   */
  public Outcome handle(Principal principal, String target, byte[] body) {
    Optional<Operation> operation =
        target.startsWith(TARGET)
            ? Operations.named(target.substring(TARGET.length()))
            : Optional.empty();
    if (operation.isEmpty()) {
      String name = operationName(target);
      return Outcome.refused(name, Operations.unknown(name));
    }
    try {
      Params params = new Params(RequestJson.parse(body));
      Call call = new Call(operation.get(), principal, params, this, clock.instant());
      return run(operation.get(), call);
    } catch (Refused e) {
      return new Outcome(
          operation.get().name(),
          operation.get().readOnly(),
          null,
          Optional.of(e),
          Outcome.Trace.EMPTY);
    }
  }

  private Outcome run(Operation operation, Call call) {
    try {
      call.params().requireKnown(operation.members());
      grantTokens.requireGenuine(call.params());
      ObjectNode answer = operation.run(call);
      return new Outcome(
          operation.name(), operation.readOnly(), answer, Optional.empty(), call.trace());
    } catch (Refused e) {
      return refused(operation, call, e);
    } catch (IOException e) {
      return refused(operation, call, internal(operation, e));
    }
  }

  private static Refused internal(Operation operation, IOException cause) {
    LOG.error("{} failed", operation.name(), cause);
    return new Refused(KmsErrorCode.INTERNAL, "The request was not done: the store failed.");
  }

  private static Outcome refused(Operation operation, Call call, Refused refusal) {
    return new Outcome(
        operation.name(), operation.readOnly(), null, Optional.of(refusal), call.trace());
  }

  /** The JSON form of an answer. */
  public static byte[] json(ObjectNode answer) {
    return StrictJson.bytes(answer);
  }
}
