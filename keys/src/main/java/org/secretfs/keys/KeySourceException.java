package org.secretfs.keys;

import org.secretfs.failure.SecretfsException;

/**
 * A secret that could not be obtained or made. The subclasses are the whole list; {@link #code} is
 * finer. Messages name the operation, the place, the service's error code and request id, and never
 * hold a secret; neither do causes.
 */
public abstract sealed class KeySourceException extends SecretfsException {
  private static final long serialVersionUID = 1;

  private KeySourceException(KeySourceCode code, String message) {
    super(code, message);
  }

  private KeySourceException(KeySourceCode code, String message, Throwable cause) {
    super(code, message, cause);
  }

  /** A policy, or the service's check of key and context, says no. */
  public static final class Denied extends KeySourceException {
    private static final long serialVersionUID = 1;

    public Denied(KeySourceCode code, String message) {
      super(code, message);
    }

    public Denied(KeySourceCode code, String message, Throwable cause) {
      super(code, message, cause);
    }
  }

  /** The key exists and its state forbids use: disabled, or pending deletion. */
  public static final class KeyDisabled extends KeySourceException {
    private static final long serialVersionUID = 1;

    public KeyDisabled(KeySourceCode code, String message) {
      super(code, message);
    }

    public KeyDisabled(KeySourceCode code, String message, Throwable cause) {
      super(code, message, cause);
    }
  }

  /** No credentials were found, or those found were refused. */
  public static final class NoCredentials extends KeySourceException {
    private static final long serialVersionUID = 1;

    public NoCredentials(KeySourceCode code, String message, Throwable cause) {
      super(code, message, cause);
    }
  }

  /** A wrapped secret, key, bucket or directory does not exist. */
  public static final class NotFound extends KeySourceException {
    private static final long serialVersionUID = 1;

    public NotFound(KeySourceCode code, String message) {
      super(code, message);
    }

    public NotFound(KeySourceCode code, String message, Throwable cause) {
      super(code, message, cause);
    }
  }

  /** Something that is needed cannot be reached now or fails; trying later may help. */
  public static final class Unreachable extends KeySourceException {
    private static final long serialVersionUID = 1;

    public Unreachable(KeySourceCode code, String message) {
      super(code, message);
    }

    public Unreachable(KeySourceCode code, String message, Throwable cause) {
      super(code, message, cause);
    }
  }

  /** Data from outside is not of the expected form. */
  public static final class Malformed extends KeySourceException {
    private static final long serialVersionUID = 1;

    public Malformed(String message) {
      super(KeySourceCode.MALFORMED, message);
    }

    public Malformed(String message, Throwable cause) {
      super(KeySourceCode.MALFORMED, message, cause);
    }
  }

  /** A setting is missing, is rejected, or is not allowed to come from where it came. */
  public static final class Misconfigured extends KeySourceException {
    private static final long serialVersionUID = 1;

    public Misconfigured(KeySourceCode code, String message) {
      super(code, message);
    }

    public Misconfigured(KeySourceCode code, String message, Throwable cause) {
      super(code, message, cause);
    }
  }
}
