package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditResource;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/**
 * What became of a request.
 *
 * @param operation its name, as far as it is known
 * @param readOnly whether the operation changes nothing
 * @param answer the answer; null if it was refused
 * @param refusal why not; empty if it was done
 * @param trace what the record says about it
 */
public record Outcome(
    String operation,
    boolean readOnly,
    @Nullable ObjectNode answer,
    Optional<Refused> refusal,
    Trace trace) {

  /**
   * What the record of a request says.
   *
   * @param parameters what was asked, without data
   * @param response what was made, without data
   * @param resources what was touched
   * @param decisions which statements and grants decided, in the order of the questions
   */
  public record Trace(
      @Nullable ObjectNode parameters,
      @Nullable ObjectNode response,
      List<AuditResource> resources,
      List<String> decisions) {
    /** Nothing to say. */
    public static final Trace EMPTY = new Trace(null, null, List.of(), List.of());
  }

  /** A request that was refused before an operation began. */
  public static Outcome refused(String operation, Refused refusal) {
    return new Outcome(operation, false, null, Optional.of(refusal), Trace.EMPTY);
  }
}
