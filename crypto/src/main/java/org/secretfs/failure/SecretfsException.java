package org.secretfs.failure;

/**
 * The root of every failure that a caller may want to tell apart from another.
 *
 * <p>Programming mistakes are not here: they are {@link IllegalArgumentException} and {@link
 * IllegalStateException}. The message says what, where, the value and the rule, and never holds a
 * secret; what to try is the command line's part.
 */
public abstract class SecretfsException extends Exception {
  private final transient ErrorCode code;

  protected SecretfsException(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  protected SecretfsException(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** The stable code. */
  public final ErrorCode code() {
    return code;
  }
}
