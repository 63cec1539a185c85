package org.secretfs.cli.failure;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;

/** What can go wrong in the command itself. */
public enum CliError implements ErrorCode {
  CONFIGURATION_WRONG(9001, Kind.CONFIGURATION),
  CONFIGURATION_MISSING(9002, Kind.CONFIGURATION),
  USAGE_WRONG(9003, Kind.CONFIGURATION),
  TRAIL_BROKEN(9004, Kind.DATA),
  PROCESS_NOT_READY(9005, Kind.UNREACHABLE),
  PROOF_FAILED(9006, Kind.INTERNAL),
  TRAIL_UNREADABLE(9007, Kind.DATA),
  FILE_UNWRITABLE(9008, Kind.INTERNAL),
  DEVICE_FAILED(9009, Kind.DATA),
  DEVICE_NOT_BLANK(9010, Kind.DATA),
  NOT_CONFIRMED(9011, Kind.CONFIGURATION),
  FILE_EXISTS(9012, Kind.DATA),
  EXPORT_UNREACHABLE(9013, Kind.UNREACHABLE),
  EXPORT_UNSUITABLE(9014, Kind.DATA),
  DEVICE_IN_USE(9015, Kind.UNREACHABLE),
  VOLUME_HAS_KEYSLOTS(9016, Kind.DATA),
  BACKUP_UNREADABLE(9017, Kind.DATA),
  NAME_NOT_OPEN(9018, Kind.DATA),
  NOT_PERMITTED(9019, Kind.DATA);

  private final int number;
  private final Kind kind;

  CliError(int number, Kind kind) {
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
