package org.secretfs.cli.config;

/** Which secretfs this is. */
public final class Version {
  /** The release. */
  public static final String NUMBER = "0.1.0";

  /** What it calls itself in audit records. */
  public static final String USER_AGENT = "secretfs/" + NUMBER;

  private Version() {}
}
