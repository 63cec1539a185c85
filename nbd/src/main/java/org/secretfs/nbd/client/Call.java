package org.secretfs.nbd.client;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.NbdError;

/** A request in flight. */
final class Call {
  final Command command;
  final int flags;
  final long offset;
  final long length;
  final @Nullable ByteBuffer data;

  /** Where the extents of a block status go. */
  final @Nullable List<Extent> extents;

  /** What of a read's data has arrived, in bytes. */
  long received;

  /** What of the range the extents have covered, in bytes. */
  long covered;

  boolean done;
  @Nullable NbdError error;
  String message = "";
  @Nullable Thread waiting;

  /** A part of the export and what the server said of it. */
  record Extent(long lengthBytes, boolean hole, boolean zero) {}

  private Call(
      Command command,
      int flags,
      long offset,
      long length,
      @Nullable ByteBuffer data,
      @Nullable List<Extent> extents) {
    this.command = command;
    this.flags = flags;
    this.offset = offset;
    this.length = length;
    this.data = data;
    this.extents = extents;
  }

  static Call of(Command command, int flags, long offset, long length) {
    return new Call(command, flags, offset, length, null, null);
  }

  /** A read into or a write of what remains of the buffer, which is not moved. */
  static Call of(Command command, int flags, long offset, ByteBuffer data) {
    return new Call(command, flags, offset, data.remaining(), data.slice(), null);
  }

  /** A block status; of one whose reply broke off, some extents may be there. */
  static Call status(long offset, long length, List<Extent> extents) {
    return new Call(Command.BLOCK_STATUS, 0, offset, length, null, extents);
  }

  /** The part of the buffer for bytes of the export. */
  ByteBuffer part(long at, int partLength) {
    ByteBuffer whole = data;
    if (whole == null) {
      throw new IllegalStateException(command + " has no data");
    }
    return whole.slice((int) (at - offset), partLength);
  }

  /** Fills a part with zeroes. */
  void zero(long at, int partLength) {
    ByteBuffer part = part(at, partLength);
    if (part.hasArray()) {
      int begin = part.arrayOffset();
      Arrays.fill(part.array(), begin, begin + partLength, (byte) 0);
    } else {
      part.put(new byte[partLength]);
    }
  }
}
