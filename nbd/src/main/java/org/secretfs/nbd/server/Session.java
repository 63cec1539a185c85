package org.secretfs.nbd.server;

import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.socket.ByteStream;
import org.secretfs.nbd.socket.InputBuffer;

/**
 * What a negotiation ended with.
 *
 * @param input may hold requests already
 * @param hasContext whether base:allocation was selected for this export
 */
record Session(
    ByteStream stream,
    InputBuffer input,
    ClientIdentity client,
    Export export,
    ReplyStyle style,
    boolean hasContext) {

  /** What the client is told that it can do. */
  static int transmissionFlags(Export export, ReplyStyle style, boolean hasContext) {
    int flags = Nbd.SEND_HAS_FLAGS | Nbd.SEND_FLUSH | Nbd.SEND_FUA | Nbd.SEND_CACHE;
    if (export.isReadOnly()) {
      flags |= Nbd.SEND_READ_ONLY;
    } else {
      flags |= Nbd.SEND_WRITE_ZEROES | Nbd.SEND_FAST_ZERO;
      flags |= export.takesTrims() ? Nbd.SEND_TRIM : 0;
    }
    flags |= export.isMultiConnection() ? Nbd.SEND_MULTI_CONN : 0;
    flags |= style == ReplyStyle.SIMPLE ? 0 : Nbd.SEND_DF;
    flags |= style == ReplyStyle.EXTENDED && hasContext ? Nbd.SEND_BLOCK_STATUS_PAYLOAD : 0;
    return flags;
  }
}
