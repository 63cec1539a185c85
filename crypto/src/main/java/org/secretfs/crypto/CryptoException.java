package org.secretfs.crypto;

import org.secretfs.failure.SecretfsException;

/** A cryptographic operation that could not be done. The subclasses are the whole list. */
public abstract sealed class CryptoException extends SecretfsException {
  private CryptoException(CryptoError code, String message) {
    super(code, message);
  }

  /**
   * Sealed data that does not open: changed, cut, or sealed with another key or context. Which of
   * them is unknowable, and the message does not guess.
   */
  public static final class Tampered extends CryptoException {
    public Tampered(String message) {
      super(CryptoError.TAMPERED, message);
    }
  }

  /** A parameter outside the range that this software accepts. */
  public static final class LimitExceeded extends CryptoException {
    public LimitExceeded(String message) {
      super(CryptoError.LIMIT_EXCEEDED, message);
    }
  }

  /** Too little memory for a key derivation; nothing was allocated. */
  public static final class NotEnoughMemory extends CryptoException {
    public NotEnoughMemory(String message) {
      super(CryptoError.NOT_ENOUGH_MEMORY, message);
    }
  }

  /** A native library that failed where it should not. */
  public static final class NativeCallFailed extends CryptoException {
    public NativeCallFailed(String message) {
      super(CryptoError.NATIVE_CALL_FAILED, message);
    }
  }

  /** A cipher or hash by a name that is not known here, or one that protects nothing. */
  public static final class NotSupported extends CryptoException {
    public NotSupported(String message) {
      super(CryptoError.NOT_SUPPORTED, message);
    }
  }

  /** A file of certificates or keys that is missing, malformed or does not fit another. */
  public static final class UnusableFile extends CryptoException {
    public UnusableFile(String message) {
      super(CryptoError.UNUSABLE_FILE, message);
    }
  }
}
