package org.secretfs.proxy;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;

/** What can keep the proxy or one of its exports from serving: 12000 to 12999. */
public enum ProxyError implements ErrorCode {
  /** A backing holds neither a volume nor nothing, or nothing and may not be formatted. */
  BACKING_NOT_A_VOLUME(12001, Kind.DATA),
  /** A LUKS header that cannot be used. */
  HEADER_DAMAGED(12002, Kind.DATA),
  /** Another process serves this backing. */
  BACKING_IN_USE(12003, Kind.DATA),
  /** A backing failed or is not there. */
  BACKING_FAILED(12004, Kind.DATA),
  /** The secret opens no keyslot of the header. */
  SECRET_DOES_NOT_OPEN(12005, Kind.DENIED),
  /** The header is not the one that was opened first. */
  HEADER_REPLACED(12006, Kind.DATA),
  /** There is no export of this name. */
  EXPORT_UNKNOWN(12010, Kind.CONFIGURATION),
  /** There is an export of this name already. */
  EXPORT_EXISTS(12011, Kind.CONFIGURATION),
  /** The export is being drained or was removed. */
  EXPORT_CLOSED(12012, Kind.DENIED),
  /** This client may not use this export. */
  CLIENT_DENIED(12014, Kind.DENIED),
  /** An audit record could not be written. */
  AUDIT_UNWRITABLE(12020, Kind.INTERNAL),
  /** A socket, port or directory of the proxy's own cannot be used. */
  PROXY_UNAVAILABLE(12021, Kind.CONFIGURATION),
  /** No proxy answers at the admin socket. */
  PROXY_UNREACHABLE(12022, Kind.UNREACHABLE),
  /** A request on the admin socket is not of the expected form. */
  REQUEST_MALFORMED(12023, Kind.CONFIGURATION);

  private final int number;
  private final Kind kind;

  ProxyError(int number, Kind kind) {
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
