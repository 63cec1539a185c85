package org.secretfs.keymanager.cloudtrail;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.Permissions;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.json.StrictJson;
import org.secretfs.keymanager.kms.Outcome;
import org.secretfs.keymanager.kms.Params;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The CloudTrail API without HTTP: from a body to an outcome. For several threads. */
public final class CloudTrailService {
  /** What the targets of its operations begin with. */
  public static final String TARGET = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.";

  private static final Logger LOG = LoggerFactory.getLogger(CloudTrailService.class);

  private final Map<String, Operation> operations;

  /** One operation. */
  interface Operation {
    /** The members that it knows. */
    Set<String> members();

    /** What the permission is for. */
    default String resource() {
      return "*";
    }

    /** Does it, once it is allowed. */
    ObjectNode run(Params params) throws Refused, IOException;
  }

  /** Makes one of what the operations need. */
  public CloudTrailService(Trails trails, LookupEvents lookup) {
    this.operations =
        Map.of(
            "DescribeTrails", new DescribeTrails(trails),
            "GetTrailStatus", new GetTrailStatus(trails),
            "ListPublicKeys", new ListPublicKeys(trails),
            "LookupEvents", lookup);
  }

  /** The name of the operation that a target means; {@code Unknown} if it is not like one. */
  public static String operationName(String target) {
    String name = target.startsWith(TARGET) ? target.substring(TARGET.length()) : "";
    return name.matches("[A-Za-z]{1,64}") ? name : "Unknown";
  }

  /** Whether this is the name of an operation. */
  public boolean knows(String operation) {
    return operations.containsKey(operation);
  }

  /** Does what a request asks. Never throws for what a client sent. */
  public Outcome handle(Principal principal, String name, byte[] body) {
    Operation operation = operations.get(name);
    if (operation == null) {
      return Outcome.refused(name, new Refused(KmsErrorCode.UNKNOWN_OPERATION, ""));
    }
    Permissions may = new Permissions(principal);
    try {
      may.require("cloudtrail:" + name, operation.resource());
      Params params = params(body);
      params.requireKnown(operation.members());
      return outcome(name, operation.run(params), Optional.empty(), may);
    } catch (Refused e) {
      return outcome(name, StrictJson.empty(), Optional.of(e), may);
    } catch (IOException e) {
      LOG.error("{} failed", name, e);
      Refused failed = new Refused(KmsErrorCode.INTERNAL, "The request was not done.");
      return outcome(name, StrictJson.empty(), Optional.of(failed), may);
    }
  }

  private static Params params(byte[] body) throws Refused {
    if (body.length == 0) {
      return new Params(StrictJson.empty());
    }
    return new Params(
        StrictJson.object(body)
            .orElseThrow(() ->
                new Refused(
                    KmsErrorCode.SERIALIZATION, "Request body is not one valid JSON object")));
  }

  private static Outcome outcome(
      String name, ObjectNode answer, Optional<Refused> refusal, Permissions may) {
    Outcome.Trace trace = new Outcome.Trace(null, null, List.of(), may.decisions());
    return new Outcome(name, true, refusal.isPresent() ? null : answer, refusal, trace);
  }
}
