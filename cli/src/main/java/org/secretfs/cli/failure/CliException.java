package org.secretfs.cli.failure;

import org.secretfs.failure.SecretfsException;

/** A failure of the command itself: its arguments, its configuration, the processes it starts. */
public sealed class CliException extends SecretfsException {
  private static final long serialVersionUID = 1L;

  public CliException(CliError code, String message) {
    super(code, message);
  }

  public CliException(CliError code, String message, Throwable cause) {
    super(code, message, cause);
  }

  /** A configuration file that breaks a rule; the message begins with file and line. */
  public static final class WrongConfiguration extends CliException {
    private static final long serialVersionUID = 1L;

    public WrongConfiguration(String message) {
      super(CliError.CONFIGURATION_WRONG, message);
    }
  }
}
