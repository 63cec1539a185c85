package org.secretfs.nbd.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.protocol.NbdError;
import org.secretfs.nbd.socket.OutputBuffer;

/**
 * Writes one worker's replies in the style that was negotiated.
 *
 * @spec NBD doc/proto.md, "Simple reply message" and "Structured reply chunk message"; of the
 *     branch extension-ext-header "Extended reply chunk message"
 */
final class Replies {
  private static final int ERROR_FIXED_BYTES = 6;
  private static final int MOST_MESSAGE_BYTES = 512;

  private final OutputBuffer output;
  private final ReplyStyle style;

  Replies(OutputBuffer output, ReplyStyle style) {
    this.output = output;
    this.style = style;
  }

  ReplyStyle style() {
    return style;
  }

  OutputBuffer output() {
    return output;
  }

  /** The command succeeded and there is nothing more to say. */
  void done(Request request) throws IOException {
    output.reserve(style.headerBytes());
    if (style == ReplyStyle.EXTENDED) {
      header(request, Nbd.REPLY_DONE, Nbd.REPLY_NONE, 0);
    } else if (style == ReplyStyle.STRUCTURED && request.command == Command.READ) {
      header(request, Nbd.REPLY_DONE, Nbd.REPLY_NONE, 0);
    } else {
      simple(request, null);
    }
  }

  /** The command failed. */
  void failed(Request request, NbdError error, @Nullable String message) throws IOException {
    if (style == ReplyStyle.SIMPLE) {
      output.reserve(style.headerBytes());
      simple(request, error);
      return;
    }
    byte[] text = publicText(message);
    output.reserve(style.headerBytes() + ERROR_FIXED_BYTES + text.length);
    header(request, Nbd.REPLY_DONE, Nbd.REPLY_ERROR, ERROR_FIXED_BYTES + text.length);
    output.putInt(error.number()).putShort(text.length).put(text);
  }

  private static byte[] publicText(@Nullable String message) {
    byte[] text = (message == null ? "" : message).getBytes(StandardCharsets.UTF_8);
    return text.length <= MOST_MESSAGE_BYTES ? text : new byte[0];
  }

  private void simple(Request request, @Nullable NbdError error) {
    output
        .putInt(Nbd.SIMPLE_REPLY_MAGIC)
        .putInt(error == null ? 0 : error.number())
        .putLong(request.cookie);
  }

  /**
   * Begins a piece of a read's data; there is room for it.
   *
   * @param last whether it ends the reply
   * @return where to put the data
   */
  ByteBuffer data(Request request, long offset, int length, boolean last) throws IOException {
    output.reserve(style.dataHeaderBytes() + length);
    dataHeader(request, offset, length, last);
    return output.room(length);
  }

  /** Begins data that follows piece by piece. */
  void dataHeader(Request request, long offset, int length, boolean last) throws IOException {
    output.reserve(style.dataHeaderBytes());
    if (style == ReplyStyle.SIMPLE) {
      simple(request, null);
    } else {
      int flags = last ? Nbd.REPLY_DONE : 0;
      header(request, flags, Nbd.REPLY_OFFSET_DATA, Long.BYTES + (long) length);
      output.putLong(offset);
    }
  }

  /** Begins a chunk; there is room for its header and payload. */
  void header(Request request, int flags, int type, long length) {
    if (style == ReplyStyle.EXTENDED) {
      output
          .putInt(Nbd.EXTENDED_REPLY_MAGIC)
          .putShort(flags)
          .putShort(type)
          .putLong(request.cookie)
          .putLong(request.offset)
          .putLong(length);
    } else {
      output
          .putInt(Nbd.STRUCTURED_REPLY_MAGIC)
          .putShort(flags)
          .putShort(type)
          .putLong(request.cookie)
          .putInt(Math.toIntExact(length));
    }
  }
}
