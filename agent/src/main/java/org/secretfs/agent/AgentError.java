package org.secretfs.agent;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;

/** What can keep a volume from coming up or going down. */
public enum AgentError implements ErrorCode {
  DEVICE_MISSING(7001, Kind.DATA),
  DEVICE_NOT_BLANK(7002, Kind.DATA),
  DEVICE_DAMAGED(7003, Kind.DATA),
  FORMAT_UNSUPPORTED(7004, Kind.DATA),
  FILE_SYSTEM_UNEXPECTED(7005, Kind.DATA),
  MOUNT_POINT_TAKEN(7006, Kind.DATA),
  DEVICE_UNREADABLE(7007, Kind.DATA),
  TOKEN_MISSING(7008, Kind.DATA),
  STATE_UNWRITABLE(7009, Kind.INTERNAL),
  AUDIT_UNWRITABLE(7010, Kind.INTERNAL),
  SECRET_DOES_NOT_OPEN(7011, Kind.DENIED),
  DEVICE_CHANGED(7012, Kind.DATA),
  NAME_TAKEN(7013, Kind.DATA),
  DEVICE_HOLDS_VOLUME(7014, Kind.DATA),
  HEADER_NOT_AUTHENTIC(7040, Kind.DATA),
  MANIFEST_MISSING(7041, Kind.DATA),
  DEVICE_IN_USE(7042, Kind.UNREACHABLE);

  private final int number;
  private final Kind kind;

  AgentError(int number, Kind kind) {
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
