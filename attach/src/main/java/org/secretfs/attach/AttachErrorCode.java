package org.secretfs.attach;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;

/** The failure codes of attaching and mounting: 4000 to 4999. */
public enum AttachErrorCode implements ErrorCode {
  /** A tool, a device node or a kernel feature is missing on this machine. */
  ATTACHMENT_UNAVAILABLE(4001, Kind.UNREACHABLE),
  /** A command of the operating system failed or took too long. */
  COMMAND_FAILED(4002, Kind.INTERNAL),
  /** Something is in use: a mount, a device, or the volume itself. */
  BUSY(4003, Kind.UNREACHABLE),
  /** A device, a file or a mount is not there. */
  NOT_FOUND(4004, Kind.DATA),
  /** The process that serves a volume ended, or did not get ready. */
  SERVER_DIED(4005, Kind.INTERNAL),
  /** What is on a device is not what was asked for. */
  UNEXPECTED_CONTENT(4006, Kind.DATA),
  /** This user may not attach or detach. */
  NOT_PERMITTED(4007, Kind.DATA);

  private final int number;
  private final Kind kind;

  AttachErrorCode(int number, Kind kind) {
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
