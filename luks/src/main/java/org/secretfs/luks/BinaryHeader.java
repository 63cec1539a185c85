package org.secretfs.luks;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * The first 4096 bytes of a header copy. Immutable.
 *
 * <p>Text fields are kept as bytes, so that an update gives back what it was given, whatever its
 * encoding.
 *
 * @see <a href="https://gitlab.com/cryptsetup/LUKS2-docs">LUKS2 on-disk format, binary header</a>
 */
final class BinaryHeader {
  static final int SIZE_BYTES = HeaderOffsets.BINARY_HEADER_BYTES;
  static final int VERSION = 2;
  static final int SALT_BYTES = 64;
  static final int CHECKSUM_OFFSET = 448;
  static final int CHECKSUM_BYTES = 64;

  private static final int VERSION_OFFSET = 6;
  private static final int HEADER_SIZE_OFFSET = 8;
  private static final int SEQID_OFFSET = 16;
  private static final int LABEL_OFFSET = 24;
  private static final int LABEL_BYTES = 48;
  private static final int CHECKSUM_ALGORITHM_OFFSET = 72;
  private static final int CHECKSUM_ALGORITHM_BYTES = 32;
  private static final int SALT_OFFSET = 104;
  private static final int UUID_OFFSET = 168;
  private static final int UUID_BYTES = 40;
  private static final int SUBSYSTEM_OFFSET = 208;
  private static final int HEADER_OFFSET_OFFSET = 256;
  private static final Pattern UUID_TEXT =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

  private final byte[] bytes;

  private BinaryHeader(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Which of the two copies. */
  enum Copy {
    /** Marked by {@code LUKS\xBA\xBE}. */
    PRIMARY(0x4C554B53BABEL),
    /** Marked by {@code SKUL\xBA\xBE}. */
    SECONDARY(0x534B554CBABEL);

    private final long magic;

    Copy(long magic) {
      this.magic = magic;
    }

    /** Whether {@code sector} begins with this copy's magic. */
    boolean marks(byte[] sector) {
      return ByteBuffer.wrap(sector).getLong() >>> Short.SIZE == magic;
    }

    /** The first eight bytes of a header: magic and version. */
    private long magicAndVersion() {
      return magic << Short.SIZE | VERSION;
    }
  }

  /** The version that a sector with a primary's magic states. */
  static int versionOf(byte[] sector) {
    return ByteBuffer.wrap(sector).getShort(VERSION_OFFSET) & 0xFFFF;
  }

  /** Returns a new primary header with sequence number 1. */
  static BinaryHeader create(
      long headerSizeBytes, UUID uuid, String label, String subsystem, byte[] salt) {
    ByteBuffer buffer = ByteBuffer.allocate(SIZE_BYTES);
    buffer.putLong(HEADER_SIZE_OFFSET, headerSizeBytes);
    buffer.putLong(SEQID_OFFSET, 1);
    put(buffer, LABEL_OFFSET, label);
    put(buffer, CHECKSUM_ALGORITHM_OFFSET, HashAlgorithm.SHA256.luksName());
    put(buffer, UUID_OFFSET, uuid.toString());
    put(buffer, SUBSYSTEM_OFFSET, subsystem);
    return new BinaryHeader(buffer.array()).as(Copy.PRIMARY, 1, salt);
  }

  private static void put(ByteBuffer buffer, int offset, String text) {
    buffer.put(offset, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads a copy.
   *
   * @param bytes 4096 bytes
   * @param offsetBytes where they were read
   */
  static BinaryHeader read(byte[] bytes, Copy copy, long offsetBytes) throws LuksException {
    BinaryHeader header = new BinaryHeader(bytes.clone());
    header.check(copy, offsetBytes);
    return header;
  }

  /** Wraps 4096 bytes that may be anything. */
  static BinaryHeader unchecked(byte[] bytes) {
    return new BinaryHeader(bytes.clone());
  }

  private void check(Copy copy, long offsetBytes) throws LuksException {
    require(copy.marks(bytes), offsetBytes, "no magic of a %s header", copy.name());
    require(version() == VERSION, offsetBytes, "version %d: must be 2", version());
    require(
        HeaderOffsets.isHeaderSize(sizeBytes()),
        offsetBytes,
        "size %d: must be a power of two from 16 KiB to 4 MiB",
        sizeBytes());
    require(
        statedOffset() == offsetBytes, offsetBytes, "it states that it lies at %d", statedOffset());
    require(
        copy == Copy.PRIMARY || offsetBytes == sizeBytes(),
        offsetBytes,
        "size %d: must be the secondary's offset",
        sizeBytes());
    require(
        seqid() >= 0 && seqid() < Long.MAX_VALUE,
        offsetBytes,
        "seqid %d: must be below 2^63 - 1",
        seqid());
    require(
        checksumHash().isPresent(),
        offsetBytes,
        "checksum algorithm \"%s\" is not known",
        text(CHECKSUM_ALGORITHM_OFFSET, CHECKSUM_ALGORITHM_BYTES));
    require(
        UUID_TEXT.matcher(uuidText()).matches(), offsetBytes, "UUID \"%s\" is none", uuidText());
  }

  @FormatMethod
  private static void require(
      boolean holds, long offsetBytes, @FormatString String rule, Object... values)
      throws LuksException {
    if (!holds) {
      throw new LuksException.CorruptHeader(offsetBytes, rule.formatted(values));
    }
  }

  int version() {
    return versionOf(bytes);
  }

  long sizeBytes() {
    return buffer().getLong(HEADER_SIZE_OFFSET);
  }

  /** Bytes of the JSON area. */
  int jsonAreaBytes() {
    return Math.toIntExact(sizeBytes() - SIZE_BYTES);
  }

  long seqid() {
    return buffer().getLong(SEQID_OFFSET);
  }

  private long statedOffset() {
    return buffer().getLong(HEADER_OFFSET_OFFSET);
  }

  String label() {
    return text(LABEL_OFFSET, LABEL_BYTES);
  }

  String subsystem() {
    return text(SUBSYSTEM_OFFSET, LABEL_BYTES);
  }

  UUID uuid() {
    return UUID.fromString(uuidText());
  }

  private String uuidText() {
    return text(UUID_OFFSET, UUID_BYTES);
  }

  Optional<HashAlgorithm> checksumHash() {
    return HashAlgorithm.ofLuksName(text(CHECKSUM_ALGORITHM_OFFSET, CHECKSUM_ALGORITHM_BYTES));
  }

  /** Returns this header with other names, without a checksum that fits. */
  BinaryHeader withNames(String label, String subsystem) {
    ByteBuffer changed = ByteBuffer.wrap(bytes.clone());
    replace(changed, LABEL_OFFSET, LABEL_BYTES, label);
    replace(changed, SUBSYSTEM_OFFSET, LABEL_BYTES, subsystem);
    return new BinaryHeader(changed.array());
  }

  /** Returns this header with another UUID, without a checksum that fits. */
  BinaryHeader withUuid(UUID uuid) {
    ByteBuffer changed = ByteBuffer.wrap(bytes.clone());
    replace(changed, UUID_OFFSET, UUID_BYTES, uuid.toString());
    return new BinaryHeader(changed.array());
  }

  private static void replace(ByteBuffer buffer, int offset, int lengthBytes, String text) {
    buffer.put(offset, new byte[lengthBytes]);
    put(buffer, offset, text);
  }

  /** Returns this header as the given copy, with its offset set and without a checksum. */
  BinaryHeader as(Copy copy, long seqid, byte[] salt) {
    ByteBuffer changed = ByteBuffer.wrap(bytes.clone());
    changed.putLong(0, copy.magicAndVersion());
    changed.putLong(SEQID_OFFSET, seqid);
    changed.putLong(HEADER_OFFSET_OFFSET, copy == Copy.PRIMARY ? 0 : sizeBytes());
    changed.put(SALT_OFFSET, salt);
    changed.put(CHECKSUM_OFFSET, new byte[CHECKSUM_BYTES]);
    return new BinaryHeader(changed.array());
  }

  /** Returns this header with the checksum over itself and {@code jsonArea}. */
  BinaryHeader withChecksum(byte[] jsonArea) {
    byte[] changed = bytes.clone();
    byte[] checksum = HeaderChecksum.compute(this, jsonArea);
    System.arraycopy(checksum, 0, changed, CHECKSUM_OFFSET, checksum.length);
    return new BinaryHeader(changed);
  }

  byte[] checksum() {
    return Arrays.copyOfRange(bytes, CHECKSUM_OFFSET, CHECKSUM_OFFSET + CHECKSUM_BYTES);
  }

  /** A copy of the 4096 bytes. */
  byte[] toBytes() {
    return bytes.clone();
  }

  private ByteBuffer buffer() {
    return ByteBuffer.wrap(bytes);
  }

  /** A text field as it may be shown: control characters, as of terminals, are replaced. */
  private String text(int offset, int lengthBytes) {
    int end = offset;
    while (end < offset + lengthBytes - 1 && bytes[end] != 0) {
      end++;
    }
    String raw = new String(bytes, offset, end - offset, StandardCharsets.UTF_8);
    return raw.replaceAll("\\p{Cntrl}", "\uFFFD");
  }
}
