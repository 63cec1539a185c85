package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * Puts a header that was made in memory where it belongs, its first sector last.
 *
 * <p>At the beginning of a device full of data, the header goes over data of which there is a copy
 * elsewhere by then. So that a crash in the middle leaves neither half a header nor half the data,
 * the header is first written where nothing is, and the first sector then says where:
 *
 * <pre>
 *   bytes 0 … 15    "secretfs encrypt"
 *   bytes 16 … 23   where the header lies, big-endian
 *   bytes 24 … 31   its length
 *   bytes 32 … 63   its SHA-256
 *   bytes 64 … 95   SHA-256 of bytes 0 … 63
 * </pre>
 *
 * <p>Until the first sector is replaced by the header's own, whoever finds the mark can repeat all
 * that follows it.
 */
final class ReencryptPlacement {
  private static final int SECTOR_BYTES = 512;
  private static final byte[] MAGIC = "secretfs encrypt".getBytes(StandardCharsets.US_ASCII);
  private static final int HASHED_BYTES = 64;
  private static final int HASH_BYTES = 32;
  private static final int MOST_BYTES = 160 << 20;
  private static final int CHUNK_BYTES = 1 << 20;

  private ReencryptPlacement() {}

  /** Writes a header to a storage of its own, and zeroes behind it. */
  static void place(LuksStorage storage, byte[] image, long lengthBytes) throws IOException {
    storage.write(ByteBuffer.allocate(SECTOR_BYTES), 0);
    storage.sync();
    writeBehindFirstSector(storage, image, lengthBytes);
    storage.write(ByteBuffer.wrap(image, 0, SECTOR_BYTES), 0);
    storage.sync();
  }

  /** Keyslots first: no copy of the header may be found before what it names is there. */
  private static void writeBehindFirstSector(LuksStorage storage, byte[] image, long lengthBytes)
      throws IOException {
    BinaryHeader binary =
        BinaryHeader.unchecked(Arrays.copyOf(image, HeaderOffsets.BINARY_HEADER_BYTES));
    int keyslots = Math.toIntExact(2 * binary.sizeBytes());
    storage.write(ByteBuffer.wrap(image, keyslots, image.length - keyslots), keyslots);
    for (long at = image.length; at < lengthBytes; at += CHUNK_BYTES) {
      storage.write(ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, lengthBytes - at)), at);
    }
    storage.sync();
    storage.write(ByteBuffer.wrap(image, SECTOR_BYTES, keyslots - SECTOR_BYTES), SECTOR_BYTES);
    storage.sync();
  }

  /**
   * Writes a header over the first {@code shiftBytes} of a device, of which the last as many are a
   * copy; before those as many are free.
   */
  static void placeOverData(LuksStorage device, byte[] image, long shiftBytes)
      throws IOException, LuksException {
    long at = device.sizeBytes() - 2 * shiftBytes;
    if (image.length > shiftBytes) {
      throw new LuksException.NoRoom(
          "a header of %d bytes: the data moves by %d".formatted(image.length, shiftBytes));
    }
    device.write(ByteBuffer.wrap(image), at);
    device.sync();
    device.write(ByteBuffer.wrap(mark(at, image)), 0);
    device.sync();
    finish(device, image, shiftBytes);
  }

  private static byte[] mark(long at, byte[] image) {
    ByteBuffer mark = ByteBuffer.allocate(SECTOR_BYTES);
    mark.put(MAGIC).putLong(at).putLong(image.length).put(sha256(image, image.length));
    mark.put(sha256(mark.array(), HASHED_BYTES));
    return mark.array();
  }

  private static byte[] sha256(byte[] bytes, int length) {
    var digest = HashAlgorithm.SHA256.newDigest();
    digest.update(bytes, 0, length);
    return digest.digest();
  }

  private static void finish(LuksStorage device, byte[] image, long shiftBytes) throws IOException {
    writeBehindFirstSector(device, image, shiftBytes);
    device.write(ByteBuffer.wrap(image, 0, SECTOR_BYTES), 0);
    device.sync();
  }

  static boolean isCutOff(LuksStorage device) throws IOException {
    if (device.sizeBytes() < SECTOR_BYTES) {
      return false;
    }
    byte[] sector = new byte[SECTOR_BYTES];
    device.read(ByteBuffer.wrap(sector), 0);
    return isMark(sector);
  }

  static boolean isMark(byte[] sector) {
    return Arrays.equals(sector, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        && Arrays.equals(
            sector,
            HASHED_BYTES,
            HASHED_BYTES + HASH_BYTES,
            sha256(sector, HASHED_BYTES),
            0,
            HASH_BYTES);
  }

  /** Repeats what follows the mark. */
  static void resume(LuksStorage device) throws IOException, LuksException {
    byte[] sector = new byte[SECTOR_BYTES];
    device.read(ByteBuffer.wrap(sector), 0);
    ByteBuffer mark = ByteBuffer.wrap(sector);
    long at = mark.getLong(MAGIC.length);
    long length = mark.getLong(MAGIC.length + Long.BYTES);
    long shift = (device.sizeBytes() - at) / 2;
    if (length < HeaderOffsets.BINARY_HEADER_BYTES
        || length > MOST_BYTES
        || at < SECTOR_BYTES
        || at > device.sizeBytes()
        || length > shift
        || shift > at) {
      throw new LuksException.ReencryptionRefused(
          "the mark of an encryption that was cut off names a place outside the device");
    }
    byte[] image = new byte[(int) length];
    device.read(ByteBuffer.wrap(image), at);
    if (!Arrays.equals(
        sha256(image, image.length), 0, HASH_BYTES, sector, HASH_BYTES, HASHED_BYTES)) {
      throw new LuksException.ReencryptionRefused(
          "the header of an encryption that was cut off is damaged");
    }
    if (2 * BinaryHeader.unchecked(image).sizeBytes() > length) {
      throw new LuksException.ReencryptionRefused(
          "the header of an encryption that was cut off is none");
    }
    finish(device, image, shift);
  }
}
