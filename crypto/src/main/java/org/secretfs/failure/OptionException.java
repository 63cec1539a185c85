package org.secretfs.failure;

/**
 * An option that breaks its rule: a number out of range, a name that is none, two that exclude each
 * other. The message names option, value and rule, and is for whoever chose it. Any other {@link
 * IllegalArgumentException} is a defect of the program.
 */
public final class OptionException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public OptionException(String message) {
    super(message);
  }

  public OptionException(String message, Throwable cause) {
    super(message, cause);
  }
}
