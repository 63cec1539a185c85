package org.secretfs.architecture.planted.shapes;

final class StrayException extends Exception {
  private static final long serialVersionUID = 1L;
}
