package org.secretfs.architecture.planted.shapes;

public final class StrayException extends Exception {
  private static final long serialVersionUID = 1L;
}
