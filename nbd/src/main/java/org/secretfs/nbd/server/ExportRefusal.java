package org.secretfs.nbd.server;

import org.secretfs.nbd.protocol.Nbd;

/** Why a client does not get an export. */
public enum ExportRefusal {
  /** There is none of that name for this client. */
  UNKNOWN(Nbd.REP_ERR_UNKNOWN),
  /** It is given over TLS only. */
  TLS_REQUIRED(Nbd.REP_ERR_TLS_REQD),
  /** A policy forbids it now, such as a withdrawn key or too many clients. */
  FORBIDDEN(Nbd.REP_ERR_POLICY),
  /** It cannot be opened: its backing or its key is out of reach. */
  UNAVAILABLE(Nbd.REP_ERR_UNKNOWN),
  /** It is being removed. */
  SHUTDOWN(Nbd.REP_ERR_SHUTDOWN);

  private final int reply;

  ExportRefusal(int reply) {
    this.reply = reply;
  }

  int reply() {
    return reply;
  }
}
