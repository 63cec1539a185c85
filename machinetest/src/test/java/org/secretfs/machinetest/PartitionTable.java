package org.secretfs.machinetest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;
import org.secretfs.machinetest.Partitions.Partition;

/**
 * A GUID partition table for 256 partitions, at the beginning of a disk; the copy that belongs to
 * its end is left out, which a kernel only mentions.
 *
 * @spec https://uefi.org/specs/UEFI/2.10/05_GUID_Partition_Table_Format.html UEFI 2.10, 5
 */
final class PartitionTable {
  /** Where the first partition may begin. */
  static final long END_BYTES = 1 << 20;

  private static final int SECTOR_BYTES = 512;
  private static final int ENTRIES = 256;
  private static final int ENTRY_BYTES = 128;
  private static final int HEADER_BYTES = 92;
  private static final int PROTECTIVE_ENTRY = 446;
  private static final UUID LINUX_DATA = UUID.fromString("0fc63daf-8483-4772-8e79-3d69d8477de4");

  private PartitionTable() {}

  /** Makes a disk's file, of zeroes but for the table. */
  static void write(Path disk, List<Partition> partitions) throws IOException {
    Partition last = partitions.getLast();
    long sectors = (last.beginBytes() + last.lengthBytes() + END_BYTES) / SECTOR_BYTES;
    ByteBuffer table = ByteBuffer.allocate(2 * SECTOR_BYTES + ENTRIES * ENTRY_BYTES);
    table.order(ByteOrder.LITTLE_ENDIAN);
    putProtection(table, sectors);
    partitions.forEach(each -> putEntry(table, each));
    putHeader(table, sectors);
    try (FileChannel channel =
        FileChannel.open(disk, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[1]), sectors * SECTOR_BYTES - 1);
      channel.write(table.rewind(), 0);
    }
  }

  /** The old kind of table, with one partition over everything. */
  private static void putProtection(ByteBuffer table, long sectors) {
    table.put(PROTECTIVE_ENTRY + 4, (byte) 0xee);
    table.putInt(PROTECTIVE_ENTRY + 8, 1);
    table.putInt(PROTECTIVE_ENTRY + 12, Math.toIntExact(sectors - 1));
    table.putShort(SECTOR_BYTES - 2, (short) 0xaa55);
  }

  private static void putEntry(ByteBuffer table, Partition partition) {
    int at = 2 * SECTOR_BYTES + (partition.number() - 1) * ENTRY_BYTES;
    putUuid(table, at, LINUX_DATA);
    putUuid(table, at + 16, UUID.randomUUID());
    table.putLong(at + 32, partition.beginBytes() / SECTOR_BYTES);
    long end = (partition.beginBytes() + partition.lengthBytes()) / SECTOR_BYTES;
    table.putLong(at + 40, end - 1);
  }

  private static void putHeader(ByteBuffer table, long sectors) {
    int at = SECTOR_BYTES;
    table.put(at, "EFI PART".getBytes(StandardCharsets.US_ASCII));
    table.putInt(at + 8, 0x10000).putInt(at + 12, HEADER_BYTES);
    table.putLong(at + 24, 1).putLong(at + 32, sectors - 1);
    table.putLong(at + 40, END_BYTES / SECTOR_BYTES).putLong(at + 48, sectors - 2);
    putUuid(table, at + 56, UUID.randomUUID());
    table.putLong(at + 72, 2).putInt(at + 80, ENTRIES).putInt(at + 84, ENTRY_BYTES);
    table.putInt(at + 88, checksum(table, 2 * SECTOR_BYTES, ENTRIES * ENTRY_BYTES));
    table.putInt(at + 16, checksum(table, at, HEADER_BYTES));
  }

  /** The first three fields of a UUID are little-endian here. */
  private static void putUuid(ByteBuffer table, int at, UUID uuid) {
    long high = uuid.getMostSignificantBits();
    table.putInt(at, (int) (high >>> 32));
    table.putShort(at + 4, (short) (high >>> 16)).putShort(at + 6, (short) high);
    table.putLong(at + 8, Long.reverseBytes(uuid.getLeastSignificantBits()));
  }

  private static int checksum(ByteBuffer table, int begin, int length) {
    CRC32 crc = new CRC32();
    crc.update(table.slice(begin, length));
    return (int) crc.getValue();
  }
}
