package org.secretfs.nbd.server;

import java.io.IOException;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.socket.OutputBuffer;

/**
 * Answers what is allocated.
 *
 * @spec NBD doc/proto.md, "NBD_REPLY_TYPE_BLOCK_STATUS", and of the branch extension-ext-header
 *     "NBD_REPLY_TYPE_BLOCK_STATUS_EXT"
 */
final class BlockStatus {
  /** The one context that is given out. */
  static final int CONTEXT = 1;

  private static final int MOST_EXTENTS = 8192;
  private static final int EXTENT_BYTES = 8;
  private static final int EXTENDED_EXTENT_BYTES = 16;

  private final Replies replies;
  private final boolean extended;
  private long room;
  private int most;
  private int count;
  private long length;
  private int flags;

  BlockStatus(Replies replies) {
    this.replies = replies;
    this.extended = replies.style() == ReplyStyle.EXTENDED;
  }

  /** Puts the reply into the output buffer. */
  void answer(DeviceAccess device, Request request) throws IOException, DeviceAccess.Failure {
    OutputBuffer output = replies.output();
    int extentBytes = extended ? EXTENDED_EXTENT_BYTES : EXTENT_BYTES;
    most = request.has(Nbd.CMD_REQ_ONE) ? 1 : MOST_EXTENTS;
    int fixedBytes = extended ? Long.BYTES : Integer.BYTES;
    output.reserve(replies.style().headerBytes() + fixedBytes + most * extentBytes);
    int begin = output.position();
    int type = extended ? Nbd.REPLY_BLOCK_STATUS_EXT : Nbd.REPLY_BLOCK_STATUS;
    replies.header(request, Nbd.REPLY_DONE, type, 0);
    output.putInt(CONTEXT);
    if (extended) {
      output.putInt(0);
    }
    count = 0;
    length = 0;
    room = request.length;
    try {
      device.extents(request.offset, request.length, this::add);
    } catch (DeviceAccess.Failure e) {
      output.rewind(begin);
      throw e;
    }
    put();
    int payload = fixedBytes + count * extentBytes;
    output.setInt(begin + replies.style().headerBytes() - Integer.BYTES, payload);
    if (extended) {
      output.setInt(begin + replies.style().headerBytes() + Integer.BYTES, count);
    }
  }

  private boolean add(long extentBytes, boolean hole, boolean zero) {
    long bytes = Math.min(extentBytes, room);
    int state = (hole ? Nbd.STATE_HOLE : 0) | (zero ? Nbd.STATE_ZERO : 0);
    if (length > 0 && state != flags) {
      put();
    }
    if (count < most && bytes > 0) {
      flags = state;
      length += bytes;
      room -= bytes;
    }
    return count < most && room > 0;
  }

  /** Puts the extent that was gathered from neighbours of one state. */
  private void put() {
    if (length == 0 || count == most) {
      return;
    }
    if (extended) {
      replies.output().putLong(length).putLong(flags);
    } else {
      // The request's length, and so every part of it, has 32 bits.
      replies.output().putInt((int) length).putInt(flags);
    }
    count++;
    length = 0;
  }
}
