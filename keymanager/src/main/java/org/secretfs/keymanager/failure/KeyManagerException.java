package org.secretfs.keymanager.failure;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.SecretfsException;

/** A key manager that cannot do what it was asked. The subclasses are the whole list. */
public abstract sealed class KeyManagerException extends SecretfsException {
  private KeyManagerException(ErrorCode code, String message) {
    super(code, message);
  }

  private KeyManagerException(ErrorCode code, String message, Throwable cause) {
    super(code, message, cause);
  }

  /** A setting that is not allowed, or differs from what the database was made with. */
  public static final class Configuration extends KeyManagerException {
    public Configuration(String message) {
      super(KeyManagerError.CONFIGURATION, message);
    }
  }

  /** A root key that is missing, malformed, readable by others, or not that of the database. */
  public static final class RootKey extends KeyManagerException {
    public RootKey(String message) {
      super(KeyManagerError.ROOT_KEY, message);
    }
  }

  /** A root key that is sealed, so that people must unseal it first. */
  public static final class Sealed extends KeyManagerException {
    public Sealed(String message) {
      super(KeyManagerError.SEALED, message);
    }
  }

  /** A passphrase or share that does not unseal the root key. */
  public static final class Unseal extends KeyManagerException {
    public Unseal(String message) {
      super(KeyManagerError.UNSEAL, message);
    }
  }

  /** What a running server answered. */
  public static final class Told extends KeyManagerException {
    public Told(ErrorCode code, String message) {
      super(code, message);
    }
  }

  /** A backup that is damaged, not of this root key, or older than what it would replace. */
  public static final class Backup extends KeyManagerException {
    public Backup(String message) {
      super(KeyManagerError.BACKUP, message);
    }
  }

  /** A database that is missing, damaged, of a newer version, or older than it was. */
  public static final class Store extends KeyManagerException {
    public Store(String message) {
      super(KeyManagerError.STORE, message);
    }

    public Store(String message, Throwable cause) {
      super(KeyManagerError.STORE, message, cause);
    }
  }

  /** A file, directory or port that cannot be used. */
  public static final class Unavailable extends KeyManagerException {
    public Unavailable(String message) {
      super(KeyManagerError.UNAVAILABLE, message);
    }

    public Unavailable(String message, Throwable cause) {
      super(KeyManagerError.UNAVAILABLE, message, cause);
    }
  }

  /** An audit log that cannot be continued. */
  public static final class Audit extends KeyManagerException {
    public Audit(String message, Throwable cause) {
      super(KeyManagerError.AUDIT, message, cause);
    }
  }

  /** A policy document that breaks a rule; the message names where and which. */
  public static final class MalformedPolicy extends KeyManagerException {
    public MalformedPolicy(String message) {
      super(KeyManagerError.POLICY, message);
    }
  }

  /** A user, role or policy that is not there, or is there already. */
  public static final class WrongPrincipal extends KeyManagerException {
    public WrongPrincipal(String message) {
      super(KeyManagerError.PRINCIPAL, message);
    }
  }

  /** A request that is refused: the error that its answer carries. */
  public static final class Refused extends KeyManagerException {
    private final KmsErrorCode error;

    /**
     * Makes one.
     *
     * @param message what the client is told; empty where AWS says nothing either
     */
    public Refused(KmsErrorCode error, String message) {
      super(error, message);
      this.error = error;
    }

    /** Which error. */
    public KmsErrorCode error() {
      return error;
    }

    /** What the client is told. */
    public String text() {
      return String.valueOf(getMessage());
    }
  }
}
