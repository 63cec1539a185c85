package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.KernelRandom;

/**
 * The 1024 bytes that a LUKS1 header takes, of which 592 are in use. Immutable, and of any content:
 * {@link Luks1Rules} judges it.
 *
 * @see <a href="https://gitlab.com/cryptsetup/cryptsetup/-/wikis/LUKS-standard/on-disk-format.pdf">
 *     LUKS1 on-disk format 1.2.3, partition header</a>
 */
final class Luks1Header {
  static final int SIZE_BYTES = 1024;
  static final int SECTOR_BYTES = 512;
  static final int KEYSLOTS = 8;
  static final int SALT_BYTES = 32;
  static final int DIGEST_BYTES = 20;
  static final int VERSION = 1;

  static final int CIPHER_NAME_OFFSET = 8;
  static final int CIPHER_MODE_OFFSET = 40;
  static final int HASH_OFFSET = 72;
  static final int NAME_BYTES = 32;
  static final int UUID_BYTES = 40;
  private static final int PAYLOAD_OFFSET_OFFSET = 104;
  private static final int KEY_BYTES_OFFSET = 108;
  private static final int DIGEST_OFFSET = 112;
  private static final int DIGEST_SALT_OFFSET = 132;
  private static final int DIGEST_ITERATIONS_OFFSET = 164;
  private static final int UUID_OFFSET = 168;
  private static final int KEYSLOTS_OFFSET = 208;
  private static final int KEYSLOT_BYTES = 48;
  private static final long MAGIC_AND_VERSION = 0x4C554B53BABE0001L;

  private final byte[] bytes;

  private Luks1Header(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Whether the device begins with the magic of LUKS1 and its version. */
  static boolean isAt(LuksStorage storage) throws IOException {
    byte[] sector = HeaderCopies.firstSector(storage);
    return ByteBuffer.wrap(sector).getLong() == MAGIC_AND_VERSION;
  }

  /** Reads what is there; what lies behind the end of a short device is zero. */
  static Luks1Header read(LuksStorage storage) throws IOException {
    byte[] bytes = new byte[SIZE_BYTES];
    int there = (int) Math.min(SIZE_BYTES, storage.sizeBytes());
    storage.read(ByteBuffer.wrap(bytes, 0, there), 0);
    return new Luks1Header(bytes);
  }

  /** Returns a header with all keyslots disabled, their offsets as {@code layout} says. */
  static Luks1Header create(
      CipherSpec cipher, HashAlgorithm hash, int keyBytes, UUID uuid, Luks1Layout layout) {
    ByteBuffer buffer = ByteBuffer.allocate(SIZE_BYTES).putLong(MAGIC_AND_VERSION);
    put(buffer, CIPHER_NAME_OFFSET, cipher.algorithmName());
    put(buffer, CIPHER_MODE_OFFSET, cipher.modeName());
    put(buffer, HASH_OFFSET, hash.luksName());
    buffer.putInt(PAYLOAD_OFFSET_OFFSET, (int) (layout.payloadOffsetBytes() / SECTOR_BYTES));
    buffer.putInt(KEY_BYTES_OFFSET, keyBytes);
    put(buffer, UUID_OFFSET, uuid.toString());
    Luks1Header header = new Luks1Header(buffer.array());
    for (int number = 0; number < KEYSLOTS; number++) {
      header = header.with(number, Luks1Keyslot.disabled(layout.keyslotOffsetBytes(number)));
    }
    return header;
  }

  private static void put(ByteBuffer buffer, int offset, String text) {
    buffer.put(offset, text.getBytes(StandardCharsets.US_ASCII));
  }

  boolean hasMagic() {
    return buffer().getLong() == MAGIC_AND_VERSION;
  }

  String cipherName() {
    return text(CIPHER_NAME_OFFSET, NAME_BYTES);
  }

  String cipherMode() {
    return text(CIPHER_MODE_OFFSET, NAME_BYTES);
  }

  /** The cipher as dm-crypt names it. */
  String cipher() {
    return cipherName() + "-" + cipherMode();
  }

  String hash() {
    return text(HASH_OFFSET, NAME_BYTES);
  }

  String uuid() {
    return text(UUID_OFFSET, UUID_BYTES);
  }

  /** Where the data begins; 0 where the header lives on a device of its own. */
  long payloadOffsetBytes() {
    return unsigned(PAYLOAD_OFFSET_OFFSET) * SECTOR_BYTES;
  }

  /** The length of the volume key. */
  long keyBytes() {
    return unsigned(KEY_BYTES_OFFSET);
  }

  byte[] digest() {
    return slice(DIGEST_OFFSET, DIGEST_BYTES);
  }

  byte[] digestSalt() {
    return slice(DIGEST_SALT_OFFSET, SALT_BYTES);
  }

  long digestIterations() {
    return unsigned(DIGEST_ITERATIONS_OFFSET);
  }

  Luks1Keyslot keyslot(int number) {
    return Luks1Keyslot.read(ByteBuffer.wrap(bytes, offsetOf(number), KEYSLOT_BYTES));
  }

  private static int offsetOf(int number) {
    return KEYSLOTS_OFFSET + number * KEYSLOT_BYTES;
  }

  /** Returns this header with another keyslot {@code number}. */
  Luks1Header with(int number, Luks1Keyslot keyslot) {
    byte[] changed = bytes.clone();
    keyslot.write(ByteBuffer.wrap(changed, offsetOf(number), KEYSLOT_BYTES));
    return new Luks1Header(changed);
  }

  /** Returns this header with another digest of the volume key. */
  Luks1Header withDigest(byte[] digest, byte[] salt, int iterations) {
    ByteBuffer changed = ByteBuffer.wrap(bytes.clone());
    changed.put(DIGEST_OFFSET, digest);
    changed.put(DIGEST_SALT_OFFSET, salt);
    changed.putInt(DIGEST_ITERATIONS_OFFSET, iterations);
    return new Luks1Header(changed.array());
  }

  /** Returns this header with another UUID. */
  Luks1Header withUuid(UUID uuid) {
    ByteBuffer changed = ByteBuffer.wrap(bytes.clone());
    changed.put(UUID_OFFSET, new byte[UUID_BYTES]);
    put(changed, UUID_OFFSET, uuid.toString());
    return new Luks1Header(changed.array());
  }

  /** Returns this header with the hash named {@code name}, which fits. */
  Luks1Header withHash(String name) {
    ByteBuffer changed = ByteBuffer.wrap(bytes.clone());
    changed.put(HASH_OFFSET, new byte[NAME_BYTES]);
    put(changed, HASH_OFFSET, name);
    return new Luks1Header(changed.array());
  }

  /** Whether the boot sector's mark was written into keyslot 6, as tools for MS-DOS do. */
  boolean hasBootMark() {
    return (buffer().getShort(SECTOR_BYTES - Short.BYTES) & 0xFFFF) == 0x55AA;
  }

  /** Whether a text field ends within its bytes. */
  boolean isTerminated(int offset, int lengthBytes) {
    return bytes[offset + lengthBytes - 1] == 0;
  }

  boolean isUuidTerminated() {
    return isTerminated(UUID_OFFSET, UUID_BYTES);
  }

  static byte[] newSalt() {
    return KernelRandom.bytes(SALT_BYTES);
  }

  /** Writes one of the two sectors, durably. */
  void writeSector(LuksStorage storage, int number) throws IOException {
    byte[] sector = slice(number * SECTOR_BYTES, SECTOR_BYTES);
    storage.write(ByteBuffer.wrap(sector), (long) number * SECTOR_BYTES);
    storage.sync();
  }

  boolean sameAs(Luks1Header other) {
    return Arrays.equals(bytes, other.bytes);
  }

  private byte[] slice(int offset, int length) {
    return Arrays.copyOfRange(bytes, offset, offset + length);
  }

  private long unsigned(int offset) {
    return Integer.toUnsignedLong(buffer().getInt(offset));
  }

  private ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes);
  }

  /** A text field as it may be shown: control characters, as of terminals, are replaced. */
  private String text(int offset, int lengthBytes) {
    int end = offset;
    while (end < offset + lengthBytes && bytes[end] != 0) {
      end++;
    }
    String raw = new String(bytes, offset, end - offset, StandardCharsets.UTF_8);
    return raw.replaceAll("\\p{Cntrl}", "\uFFFD");
  }
}
