package org.secretfs.keymanager.failure;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;

/** The codes of a key manager that cannot start or be changed, 8000 to 8099. */
public enum KeyManagerError implements ErrorCode {
  /** A setting that is not allowed, or differs from what the database was made with. */
  CONFIGURATION(8001, Kind.CONFIGURATION),
  /** The root key is missing, malformed, readable by others, or not that of the database. */
  ROOT_KEY(8002, Kind.DATA),
  /** The database is missing, damaged, of a newer version, or older than it was. */
  STORE(8003, Kind.DATA),
  /** A file, directory or port cannot be used. */
  UNAVAILABLE(8004, Kind.UNREACHABLE),
  /** The audit log cannot be continued. */
  AUDIT(8005, Kind.DATA),
  /** A policy document that breaks a rule. */
  POLICY(8006, Kind.CONFIGURATION),
  /** A user, role or policy that is not there, or is there already. */
  PRINCIPAL(8007, Kind.CONFIGURATION),
  /** The root key is sealed, and people must unseal it first. */
  SEALED(8008, Kind.UNREACHABLE),
  /** A passphrase or share that does not unseal the root key. */
  UNSEAL(8009, Kind.DENIED),
  /** A backup that is damaged, not of this root key, or older than what it would replace. */
  BACKUP(8010, Kind.DATA);

  private final int number;
  private final Kind kind;

  KeyManagerError(int number, Kind kind) {
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
