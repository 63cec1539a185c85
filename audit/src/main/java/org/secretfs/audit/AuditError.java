package org.secretfs.audit;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;

/** The codes of this module, 5000 to 5999. */
public enum AuditError implements ErrorCode {
  /** A line of the log is not a line of the log. */
  MALFORMED_LINE(5001, Kind.DATA),
  /** A line does not continue the chain. */
  BROKEN_CHAIN(5002, Kind.DATA),
  /** Another process writes this log. */
  LOCKED(5003, Kind.UNREACHABLE);

  private final int number;
  private final Kind kind;

  AuditError(int number, Kind kind) {
    this.number = number;
    this.kind = kind;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
