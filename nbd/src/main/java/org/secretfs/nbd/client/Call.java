package org.secretfs.nbd.client;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.BlockDevice;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.NbdError;

/** A request in flight. */
final class Call {
  final Command command;
  final int flags;
  final long offset;
  final long length;
  final @Nullable ByteBuffer data;
  final BlockDevice.@Nullable ExtentListener extents;

  /** What of a read's data has arrived, in bytes. */
  long received;

  /**
   * What of the range the extents have covered, in bytes; negative once the listener had enough.
   */
  long covered;

  boolean done;
  @Nullable NbdError error;
  String message = "";
  @Nullable Thread waiting;

  private Call(
      Command command,
      int flags,
      long offset,
      long length,
      @Nullable ByteBuffer data,
      BlockDevice.@Nullable ExtentListener extents) {
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

  static Call status(long offset, long length, BlockDevice.ExtentListener listener) {
    return new Call(Command.BLOCK_STATUS, 0, offset, length, null, listener);
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
