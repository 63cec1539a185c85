package org.secretfs.keymanager.sts;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.identity.Sessions;
import org.secretfs.keymanager.identity.Totp;
import org.secretfs.keymanager.kms.Arns;
import org.secretfs.keymanager.kms.Outcome;
import org.secretfs.keymanager.store.PrincipalStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The STS API without HTTP: from a form to an outcome. For several threads. */
public final class StsService {
  private static final Logger LOG = LoggerFactory.getLogger(StsService.class);

  private final Map<String, StsOperation> operations;
  private final Clock clock;

  /** Makes one on the principals of a store. */
  public StsService(PrincipalStore store, Sessions sessions, Arns arns, Clock clock) {
    SecondFactor factor = new SecondFactor(new Totp(store), arns);
    Issuer issuer = new Issuer(sessions);
    this.operations =
        Map.of(
            "GetCallerIdentity", new GetCallerIdentity(),
            "AssumeRole", new AssumeRole(store, arns, factor, issuer),
            "GetSessionToken", new GetSessionToken(factor, issuer));
    this.clock = clock;
  }

  /** The operation that a form asks for, for the record; {@code Unknown} if it names none. */
  public static String operationName(byte[] form) {
    try {
      String action = Form.parse(new String(form, ISO_8859_1)).action();
      return action.matches("[A-Za-z]{1,64}") ? action : "Unknown";
    } catch (Refused e) {
      return "Unknown";
    }
  }

  /** Whether there is an operation of this name. */
  public boolean knows(String name) {
    return operations.containsKey(name);
  }

  /**
   * Does what a request asks. Never throws for what a client sent.
   *
   * @param form {@code Action=…&…}, from the body, or from the query of a presigned request
   */
  public Outcome handle(Principal principal, byte[] form) {
    String name = operationName(form);
    StsOperation operation = operations.get(name);
    ObjectNode asked = StsOperation.object();
    try {
      Form parameters = Form.parse(new String(form, ISO_8859_1));
      if (operation == null) {
        throw new Refused(
            KmsErrorCode.UNKNOWN_OPERATION,
            "Could not find operation %s for version 2011-06-15".formatted(name));
      }
      parameters.requireKnown(operation.parameters());
      StsOperation.Call call = new StsOperation.Call(principal, parameters, clock.instant(), asked);
      StsOperation.Answer answer = operation.run(call);
      return outcome(name, Optional.of(answer), Optional.empty(), asked);
    } catch (Refused e) {
      return outcome(name, Optional.empty(), Optional.of(e), asked);
    } catch (IOException e) {
      LOG.error("{} failed", name, e);
      Refused failed =
          new Refused(KmsErrorCode.INTERNAL, "The request was not done: the store failed.");
      return outcome(name, Optional.empty(), Optional.of(failed), asked);
    }
  }

  private static Outcome outcome(
      String name,
      Optional<StsOperation.Answer> answer,
      Optional<Refused> refusal,
      ObjectNode asked) {
    Outcome.Trace trace =
        new Outcome.Trace(
            asked.isEmpty() ? null : asked,
            answer.map(StsOperation.Answer::recorded).filter(made -> !made.isEmpty()).orElse(null),
            List.of(),
            List.of());
    return new Outcome(
        name, true, answer.map(StsOperation.Answer::result).orElse(null), refusal, trace);
  }
}
