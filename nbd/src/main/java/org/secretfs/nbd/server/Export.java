package org.secretfs.nbd.server;

import java.io.IOException;
import org.secretfs.block.BlockDevice;

/**
 * One connection's hold on an export. Closing it gives the hold back; the device is not closed by
 * the server.
 *
 * <p>A device may throw {@link org.secretfs.nbd.protocol.NbdException} to tell the client a certain
 * error; any other {@link IOException} is told as EIO, or ENOSPC where its text says so. Whoever
 * wants to hold requests back (a rate limit, a suspended key) does it in the device: the server
 * takes no further requests from a connection whose workers are all held.
 */
public interface Export extends AutoCloseable {
  /** The name that clients use. */
  String name();

  /** Text for humans; may be empty. */
  default String description() {
    return "";
  }

  /**
   * Reads and writes are passed in arrays, and encryption in place may change them. Its size is
   * looked at for every request.
   */
  BlockDevice device();

  /**
   * The device for one connection. One that holds requests back asks {@code client} before it
   * executes them late: what a client sent that is gone is dropped with {@link
   * ClientGoneException}.
   */
  default BlockDevice device(ClientPresence client) {
    return device();
  }

  /** Whether writes, trims and zeroes are refused with EPERM. */
  default boolean isReadOnly() {
    return false;
  }

  /** Advertised and enforced. */
  default BlockSizes blockSizes() {
    return BlockSizes.DEFAULT;
  }

  /** Whether trims are taken; off, the client is not even told that there are any. */
  default boolean takesTrims() {
    return false;
  }

  /**
   * Whether zeroes may become holes of the backing store. Off, zeroes are always written as other
   * data is, and a request for fast zeroes is refused with ENOTSUP.
   */
  default boolean zeroesMayPunch() {
    return false;
  }

  /**
   * Whether a flush on one connection covers the writes completed on all others: true only while
   * all connections share one device, or devices without a cache of their own.
   */
  default boolean isMultiConnection() {
    return false;
  }

  @Override
  void close();
}
