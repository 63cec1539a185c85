package org.secretfs.crypto;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;

/** What can go wrong in this module: numbers 1000 to 1999, never reused. */
public enum CryptoError implements ErrorCode {
  /** Authenticated data is not what was sealed, or was sealed with another key or context. */
  TAMPERED(1001, Kind.DATA),
  /** A parameter from outside asks for more than this software is willing to spend. */
  LIMIT_EXCEEDED(1002, Kind.DATA),
  /** The machine has too little memory for a key derivation now. */
  NOT_ENOUGH_MEMORY(1003, Kind.UNREACHABLE),
  /** A native library refused what it should accept. */
  NATIVE_CALL_FAILED(1004, Kind.INTERNAL),
  /** A name from outside is of no cipher or hash that is here. */
  NOT_SUPPORTED(1005, Kind.DATA),
  /** A file of certificates or keys that is missing, malformed or does not fit another. */
  UNUSABLE_FILE(1006, Kind.CONFIGURATION);

  private final int number;
  private final Kind kind;

  CryptoError(int number, Kind kind) {
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
