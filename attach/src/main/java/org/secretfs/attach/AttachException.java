package org.secretfs.attach;

import java.util.List;
import org.secretfs.failure.SecretfsException;

/** A volume that could not be attached, detached or mounted. The subclasses are the whole list. */
public abstract sealed class AttachException extends SecretfsException {
  private AttachException(AttachErrorCode code, String message) {
    super(code, message);
  }

  /** A tool, a device node or a kernel feature that is needed is missing. */
  public static final class Unavailable extends AttachException {
    public Unavailable(String message) {
      super(AttachErrorCode.ATTACHMENT_UNAVAILABLE, message);
    }
  }

  /** A command of the operating system failed. Never tells what it read on its standard input. */
  public static final class CommandFailed extends AttachException {
    private final String command;
    private final int exitStatus;

    public CommandFailed(String command, int exitStatus, String lastLines) {
      super(
          AttachErrorCode.COMMAND_FAILED,
          "%s: exit status %d: %s".formatted(command, exitStatus, lastLines));
      this.command = command;
      this.exitStatus = exitStatus;
    }

    /** A command that had to be killed after its time was over. */
    public CommandFailed(String command, String what) {
      super(AttachErrorCode.COMMAND_FAILED, "%s: %s".formatted(command, what));
      this.command = command;
      this.exitStatus = -1;
    }

    /** The name of the command, without its arguments. */
    public String command() {
      return command;
    }

    /** The exit status; -1 where the command did not end by itself. */
    public int exitStatus() {
      return exitStatus;
    }
  }

  /** Something is in use by others. */
  public static final class Busy extends AttachException {
    private final transient List<String> holders;

    public Busy(String message, List<String> holders) {
      super(
          AttachErrorCode.BUSY,
          holders.isEmpty() ? message : message + ": " + String.join(", ", holders));
      this.holders = List.copyOf(holders);
    }

    /** Who holds it, as "pid (name)" or a path, as far as could be found out. */
    public List<String> holders() {
      return holders;
    }
  }

  /** A device, a file or a mount is not there. */
  public static final class NotFound extends AttachException {
    public NotFound(String message) {
      super(AttachErrorCode.NOT_FOUND, message);
    }
  }

  /** This user may not do it. */
  public static final class NotPermitted extends AttachException {
    public NotPermitted(String message) {
      super(AttachErrorCode.NOT_PERMITTED, message);
    }
  }

  /** The process that serves a volume ended, or did not get ready in time. */
  public static final class ServerDied extends AttachException {
    public ServerDied(String message) {
      super(AttachErrorCode.SERVER_DIED, message);
    }
  }

  /** What is on a device is not what was asked for; nothing was changed. */
  public static final class UnexpectedContent extends AttachException {
    public UnexpectedContent(String message) {
      super(AttachErrorCode.UNEXPECTED_CONTENT, message);
    }
  }
}
