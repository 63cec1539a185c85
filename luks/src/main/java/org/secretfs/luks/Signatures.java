package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Recognises what is on a device by well-known bytes at well-known places: file systems, partition
 * tables, volume managers, encryption. Never writes. Not finding anything proves nothing.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §4.5 Metadata Recovery
 */
public final class Signatures {
  private static final int FROM_END = -1;

  private record Rule(String name, long offsetBytes, ByteBuffer magic) {}

  private static final List<Rule> RULES = rules();

  private Signatures() {}

  /** What the table is looked up in. */
  public interface Source {
    /** The size in bytes. */
    long sizeBytes();

    /** Fills {@code target}, starting at {@code offsetBytes}. */
    void read(ByteBuffer target, long offsetBytes) throws IOException;
  }

  /**
   * Something recognised.
   *
   * @param name as blkid names it where it has a name for it
   * @param offsetBytes where its bytes lie
   */
  public record Found(String name, long offsetBytes) {
    @Override
    public String toString() {
      return "%s (at %d)".formatted(name, offsetBytes);
    }
  }

  static Source of(LuksStorage storage) {
    return new Source() {
      @Override
      public long sizeBytes() {
        return storage.sizeBytes();
      }

      @Override
      public void read(ByteBuffer target, long offsetBytes) throws IOException {
        storage.read(target, offsetBytes);
      }
    };
  }

  /** Returns everything recognised, by ascending offset. Reads about 300 KiB at most. */
  public static List<Found> find(Source source) throws IOException {
    Map<Long, Found> found = new TreeMap<>();
    for (Rule rule : RULES) {
      long offset = position(rule, source.sizeBytes());
      if (matches(source, offset, rule.magic())) {
        found.putIfAbsent(offset, new Found(rule.name(), offset));
      }
    }
    if (isMbr(source)) {
      found.putIfAbsent(510L, new Found("dos partition table", 510));
    }
    return new ArrayList<>(found.values());
  }

  private static long position(Rule rule, long sizeBytes) {
    return rule.offsetBytes() >= 0 ? rule.offsetBytes() : sizeBytes + rule.offsetBytes();
  }

  private static boolean matches(Source source, long offsetBytes, ByteBuffer magic)
      throws IOException {
    if (offsetBytes < 0 || offsetBytes + magic.remaining() > source.sizeBytes()) {
      return false;
    }
    ByteBuffer bytes = ByteBuffer.allocate(magic.remaining());
    source.read(bytes, offsetBytes);
    return bytes.flip().equals(magic);
  }

  /** The two bytes at 510 alone say little: a boot sector's partitions must look like some, too. */
  private static boolean isMbr(Source source) throws IOException {
    if (source.sizeBytes() < 512) {
      return false;
    }
    ByteBuffer sector = ByteBuffer.allocate(512);
    source.read(sector, 0);
    boolean plausible = (sector.getShort(510) & 0xFFFF) == 0x55AA;
    boolean any = false;
    for (int entry = 446; entry < 510; entry += 16) {
      plausible &= (sector.get(entry) & 0x7F) == 0;
      any |= sector.get(entry + 4) != 0;
    }
    return plausible && any;
  }

  private static List<Rule> rules() {
    List<Rule> rules = new ArrayList<>();
    add(rules, "crypto_LUKS", 0, hex("4C554B53BABE"));
    for (int offset : HeaderOffsets.all()) {
      add(rules, "crypto_LUKS secondary header", offset, hex("534B554CBABE"));
    }
    addFileSystems(rules);
    addPartitionTables(rules);
    addVolumeManagers(rules);
    return List.copyOf(rules);
  }

  private static void addFileSystems(List<Rule> rules) {
    add(rules, "ext2/ext3/ext4", 1080, hex("53EF"));
    add(rules, "xfs", 0, ascii("XFSB"));
    add(rules, "btrfs", 65600, ascii("_BHRfS_M"));
    add(rules, "f2fs", 1024, hex("1020F5F2"));
    add(rules, "ntfs", 3, ascii("NTFS    "));
    add(rules, "exfat", 3, ascii("EXFAT   "));
    add(rules, "vfat", 54, ascii("FAT1"));
    add(rules, "vfat", 82, ascii("FAT32"));
    add(rules, "iso9660", 32769, ascii("CD001"));
    add(rules, "squashfs", 0, ascii("hsqs"));
    add(rules, "swap", 4086, ascii("SWAPSPACE2"));
    add(rules, "swap", 65526, ascii("SWAPSPACE2"));
    add(rules, "bcachefs", 4120, hex("C68573F64E1A45CA8265F57F48BA6D81"));
    // A ring of 128 uberblocks fills the second half of the first label.
    for (long offset = 128 << 10; offset < 256 << 10; offset += 1024) {
      add(rules, "zfs_member", offset, hex("0CB1BA0000000000"));
    }
  }

  private static void addPartitionTables(List<Rule> rules) {
    add(rules, "gpt", 512, ascii("EFI PART"));
    add(rules, "gpt", 4096, ascii("EFI PART"));
    add(rules, "gpt backup", FROM_END * 512, ascii("EFI PART"));
    add(rules, "gpt backup", FROM_END * 4096, ascii("EFI PART"));
  }

  private static void addVolumeManagers(List<Rule> rules) {
    for (long sector = 0; sector < 4; sector++) {
      add(rules, "LVM2_member", sector * 512 + 24, ascii("LVM2 001"));
    }
    add(rules, "linux_raid_member", 0, hex("FC4E2BA9"));
    add(rules, "linux_raid_member", 4096, hex("FC4E2BA9"));
    add(rules, "linux_raid_member", FROM_END * 8192, hex("FC4E2BA9"));
    add(rules, "linux_raid_member", FROM_END * 65536, hex("FC4E2BA9"));
    add(rules, "BitLocker", 3, ascii("-FVE-FS-"));
    add(rules, "bcache", 4120, hex("C68573F64E1A45CA8265F57F48BA6D80"));
    add(rules, "vdo", 0, ascii("dmvdo001"));
    add(rules, "qcow2", 0, hex("514649FB"));
  }

  private static void add(List<Rule> rules, String name, long offsetBytes, ByteBuffer magic) {
    rules.add(new Rule(name, offsetBytes, magic));
  }

  private static ByteBuffer hex(String text) {
    return ByteBuffer.wrap(HexFormat.of().parseHex(text)).asReadOnlyBuffer();
  }

  private static ByteBuffer ascii(String text) {
    return StandardCharsets.US_ASCII.encode(text).asReadOnlyBuffer();
  }
}
