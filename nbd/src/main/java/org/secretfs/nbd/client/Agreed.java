package org.secretfs.nbd.client;

import org.secretfs.nbd.socket.ByteStream;
import org.secretfs.nbd.socket.InputBuffer;

/**
 * What a negotiation ended with.
 *
 * @param flags the transmission flags
 * @param context the number of base:allocation, or -1
 * @param minimumBlockBytes what requests are multiples of
 * @param mostPayloadBytes of one read or write
 */
record Agreed(
    ByteStream stream,
    InputBuffer input,
    long sizeBytes,
    int flags,
    boolean structured,
    int context,
    int minimumBlockBytes,
    int mostPayloadBytes) {
  static final int NO_CONTEXT = -1;

  boolean has(int flag) {
    return (flags & flag) != 0;
  }
}
