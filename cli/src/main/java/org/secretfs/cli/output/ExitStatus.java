package org.secretfs.cli.output;

import org.secretfs.failure.Kind;

/** The exit status of the command, by who can act. */
public final class ExitStatus {
  public static final int DONE = 0;
  public static final int OTHER = 1;
  public static final int USAGE = 2;
  public static final int DENIED = 3;
  public static final int DATA = 4;
  public static final int UNREACHABLE = 5;

  private ExitStatus() {}

  /** The one place where a kind of failure becomes an exit status. */
  public static int of(Kind kind) {
    return switch (kind) {
      case CONFIGURATION -> USAGE;
      case DENIED -> DENIED;
      case DATA -> DATA;
      case UNREACHABLE -> UNREACHABLE;
      case INTERNAL -> OTHER;
    };
  }
}
