package org.secretfs.nbd.server;

import java.io.IOException;

/** An export that a client does not get. The message is sent to the client. */
public final class ExportRefusedException extends IOException {
  private static final long serialVersionUID = 1;

  private final ExportRefusal refusal;

  public ExportRefusedException(ExportRefusal refusal, String publicMessage) {
    super(publicMessage);
    this.refusal = refusal;
  }

  public ExportRefusal refusal() {
    return refusal;
  }
}
