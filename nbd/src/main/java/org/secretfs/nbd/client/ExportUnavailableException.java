package org.secretfs.nbd.client;

import java.io.IOException;

/** The server answers, and does not give the export. */
public final class ExportUnavailableException extends IOException {
  private static final long serialVersionUID = 1;

  ExportUnavailableException(String message) {
    super(message);
  }
}
