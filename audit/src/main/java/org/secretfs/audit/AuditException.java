package org.secretfs.audit;

import java.nio.file.Path;
import org.secretfs.failure.SecretfsException;

/** An audit log that cannot be used as it is. The subclasses are the whole list. */
public abstract sealed class AuditException extends SecretfsException {
  private AuditException(AuditError code, String message) {
    super(code, message);
  }

  /** A line that no writer of this format writes. */
  public static final class MalformedLine extends AuditException {
    MalformedLine(String rule) {
      super(AuditError.MALFORMED_LINE, "not a line of an audit log: " + rule);
    }
  }

  /** A log that was edited, or damaged elsewhere than at its unacknowledged end. */
  public static final class BrokenChain extends AuditException {
    private final transient Verification.Break where;

    BrokenChain(Verification.Break where) {
      super(AuditError.BROKEN_CHAIN, "audit log is broken: " + where);
      this.where = where;
    }

    /** Where the chain breaks first. */
    public Verification.Break where() {
      return where;
    }
  }

  /** A log that has a writer already. */
  public static final class Locked extends AuditException {
    Locked(Path directory) {
      super(AuditError.LOCKED, "audit log %s has another writer".formatted(directory));
    }
  }
}
