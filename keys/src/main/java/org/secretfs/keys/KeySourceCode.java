package org.secretfs.keys;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;

/** The failures of key sources: 6000 to 6999. */
public enum KeySourceCode implements ErrorCode {
  /** A policy says that this principal may not do this with this key or object. */
  POLICY_DENIED(6000, Kind.DENIED),
  /** The service rejected the wrapped secret: other context, other key, or tampered with. */
  WRAPPED_SECRET_REJECTED(6001, Kind.DENIED),
  /** The wrapped secret was made under another key than the configured one. */
  WRONG_KEY(6002, Kind.DENIED),
  /** The credentials that were found are wrong, expired, or signed at a wrong time. */
  CREDENTIALS_REFUSED(6003, Kind.DENIED),
  /** No credentials were found anywhere. */
  CREDENTIALS_MISSING(6004, Kind.DENIED),
  /** The key is disabled. */
  KEY_DISABLED(6005, Kind.DENIED),
  /** The key is in another state that forbids use, such as pending deletion. */
  KEY_UNUSABLE(6006, Kind.DENIED),
  /** No wrapped secret is stored where it should be. */
  WRAPPED_SECRET_MISSING(6020, Kind.DATA),
  /** The key or alias does not exist. */
  KEY_MISSING(6021, Kind.CONFIGURATION),
  /** The bucket or directory does not exist. */
  STORE_MISSING(6022, Kind.CONFIGURATION),
  /** The volume's secret was thrown away when the volume was closed, as its owner wanted. */
  SECRET_NOT_KEPT(6023, Kind.DATA),
  /** A private key is not the one that a secret was sealed to, or the sealed secret was changed. */
  SEALED_SECRET_REJECTED(6024, Kind.DENIED),
  /** A person, or whoever was asked in their place, gave no passphrase, or two that differ. */
  PASSPHRASE_NOT_GIVEN(6007, Kind.DENIED),
  /** An endpoint could not be reached, answered too late, or failed on its side. */
  SERVICE_UNREACHABLE(6030, Kind.UNREACHABLE),
  /** The service asked to slow down for longer than we wait. */
  THROTTLED(6031, Kind.UNREACHABLE),
  /** An answer, a wrapped secret, a key file or a token is not of the expected form. */
  MALFORMED(6040, Kind.DATA),
  /** A setting is missing or the service rejects it. */
  MISCONFIGURED(6050, Kind.CONFIGURATION),
  /** A token in a header names a place that nobody allowed. */
  TOKEN_NOT_TRUSTED(6051, Kind.CONFIGURATION);

  private final int number;
  private final Kind kind;

  KeySourceCode(int number, Kind kind) {
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
