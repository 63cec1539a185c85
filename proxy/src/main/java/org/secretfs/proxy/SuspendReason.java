package org.secretfs.proxy;

/** Why an export is suspended. */
public enum SuspendReason {
  /** The key source refuses the key. Ends when it gives it again. */
  KEY_WITHDRAWN("the key was withdrawn"),
  /** The key source was out of reach for longer than the grace. Ends when it gives the key. */
  KEY_SOURCE_OUT_OF_REACH("the key source is out of reach for longer than the grace"),
  /** Somebody said so. Ends when somebody says so. */
  OPERATOR("suspended by an operator");

  private final String text;

  SuspendReason(String text) {
    this.text = text;
  }

  /** For people. */
  public String text() {
    return text;
  }

  /** Whether it ends by itself when the key source gives the key. */
  boolean endsWithKey() {
    return this != OPERATOR;
  }
}
