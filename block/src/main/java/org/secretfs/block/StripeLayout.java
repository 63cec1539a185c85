package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.secretfs.crypto.memory.KernelRandom;

/**
 * What the first 4096 bytes of every device of a stripe say, so that they are never put together in
 * another order, with another chunk size, or with a stranger among them.
 *
 * <p>Big-endian: magic number (8), version (4), index (4), devices (4), chunk size (4), chunks per
 * device (8), the stripe's random identity (16), CRC-32C of all these (4); the rest is zero.
 *
 * @param index which of the devices this is, from 0
 * @param devices how many there are, 1 to 64
 * @param chunkBytes a power of two, 4 KiB to 64 MiB
 * @param chunksPerDevice how many chunks each device holds
 * @param identity 32 hexadecimal digits, the same on all devices
 */
public record StripeLayout(
    int index, int devices, int chunkBytes, long chunksPerDevice, String identity) {
  /** Bytes at the beginning of each device that are not data. */
  public static final int HEADER_BYTES = 4096;

  private static final long MAGIC = 0x5345_4352_5354_5250L;
  private static final int VERSION = 1;
  private static final int MOST_DEVICES = 64;
  private static final int LEAST_CHUNK_BYTES = 4096;
  private static final int MOST_CHUNK_BYTES = 64 << 20;
  private static final int IDENTITY_BYTES = 16;

  public StripeLayout {
    require(devices >= 1 && devices <= MOST_DEVICES, "%d devices: must be 1 to 64", devices);
    require(index >= 0 && index < devices, "index %d: must be below the devices' number", index);
    require(
        chunkBytes >= LEAST_CHUNK_BYTES
            && chunkBytes <= MOST_CHUNK_BYTES
            && Integer.bitCount(chunkBytes) == 1,
        "chunks of %d bytes: must be a power of two from 4 KiB to 64 MiB",
        chunkBytes);
    require(
        chunksPerDevice >= 1 && chunksPerDevice <= Long.MAX_VALUE / chunkBytes / devices,
        "%d chunks per device: at least one, and no more than can be counted",
        chunksPerDevice);
  }

  private static void require(boolean holds, String rule, Object value) {
    if (!holds) {
      throw new IllegalArgumentException("stripe: " + rule.formatted(value));
    }
  }

  /**
   * Makes a stripe of blank devices and opens it: as large as the smallest of them allows.
   *
   * @param chunkBytes a power of two, 4 KiB to 64 MiB
   * @throws IOException if a device's first 4096 bytes are not zero, or it is too small
   */
  public static StripedBlockDevice format(List<BlockDevice> backings, int chunkBytes)
      throws IOException {
    long smallest = Long.MAX_VALUE;
    for (BlockDevice backing : backings) {
      requireBlank(backing);
      smallest = Math.min(smallest, backing.sizeBytes());
    }
    long chunks = (smallest - HEADER_BYTES) / chunkBytes;
    if (chunks < 1) {
      throw new IOException("stripe: a device of %d bytes holds no chunk".formatted(smallest));
    }
    String identity = HexFormat.of().formatHex(KernelRandom.bytes(IDENTITY_BYTES));
    for (int i = 0; i < backings.size(); i++) {
      StripeLayout layout = new StripeLayout(i, backings.size(), chunkBytes, chunks, identity);
      backings.get(i).writeDurably(layout.encode(), 0);
    }
    return open(backings);
  }

  private static void requireBlank(BlockDevice backing) throws IOException {
    ByteBuffer header = readHeader(backing);
    if (header.mismatch(ByteBuffer.allocate(HEADER_BYTES)) >= 0) {
      throw new IOException("stripe: %s is not blank: not formatted".formatted(backing));
    }
  }

  private static ByteBuffer readHeader(BlockDevice backing) throws IOException {
    if (backing.sizeBytes() < HEADER_BYTES) {
      throw new IOException(
          "stripe: %s has %d bytes: less than a header".formatted(backing, backing.sizeBytes()));
    }
    ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES);
    backing.read(header, 0);
    return header.flip();
  }

  /**
   * Opens a stripe; closing it closes the devices.
   *
   * @throws IOException if one of them is missing, in another's place, too small, or not of this
   *     stripe; the devices then stay open
   */
  public static StripedBlockDevice open(List<BlockDevice> backings) throws IOException {
    if (backings.isEmpty()) {
      throw new IllegalArgumentException("stripe: no devices");
    }
    StripeLayout first = decode(readHeader(backings.getFirst()));
    for (int i = 0; i < backings.size(); i++) {
      StripeLayout found = decode(readHeader(backings.get(i)));
      StripeLayout expected =
          new StripeLayout(
              i, backings.size(), first.chunkBytes, first.chunksPerDevice, first.identity);
      if (!found.equals(expected)) {
        throw new IOException(
            "stripe: device %d (%s) says %s: must be %s"
                .formatted(i, backings.get(i), found, expected));
      }
      long needed = HEADER_BYTES + first.chunksPerDevice * first.chunkBytes;
      if (backings.get(i).sizeBytes() < needed) {
        throw new IOException(
            "stripe: device %d (%s) has %d bytes: must be at least %d"
                .formatted(i, backings.get(i), backings.get(i).sizeBytes(), needed));
      }
    }
    return new StripedBlockDevice(backings, HEADER_BYTES, first.chunkBytes, first.chunksPerDevice);
  }

  /** The header's bytes. */
  ByteBuffer encode() {
    ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES);
    header
        .putLong(MAGIC)
        .putInt(VERSION)
        .putInt(index)
        .putInt(devices)
        .putInt(chunkBytes)
        .putLong(chunksPerDevice)
        .put(HexFormat.of().parseHex(identity));
    return header.putInt(checksum(header, header.position())).rewind();
  }

  private static int checksum(ByteBuffer header, int lengthBytes) {
    CRC32C sum = new CRC32C();
    sum.update(header.duplicate().position(0).limit(lengthBytes));
    return (int) sum.getValue();
  }

  /**
   * Reads a header.
   *
   * @throws IOException if it is none, damaged, or breaks a rule
   */
  static StripeLayout decode(ByteBuffer header) throws IOException {
    if (header.remaining() < HEADER_BYTES || header.getLong() != MAGIC) {
      throw new IOException("stripe: the device has no stripe header");
    }
    int version = header.getInt();
    if (version != VERSION) {
      throw new IOException("stripe: version %d is not known".formatted(version));
    }
    int index = header.getInt();
    int devices = header.getInt();
    int chunkBytes = header.getInt();
    long chunks = header.getLong();
    byte[] identity = new byte[IDENTITY_BYTES];
    header.get(identity);
    if (checksum(header, header.position()) != header.getInt()) {
      throw new IOException("stripe: the header's checksum is wrong: it is damaged");
    }
    try {
      return new StripeLayout(
          index, devices, chunkBytes, chunks, HexFormat.of().formatHex(identity));
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
