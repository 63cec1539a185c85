package org.secretfs.machinetest;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Many small devices for a guest: partitions of a few raw disks, which a kernel finds by itself.
 * The host reads and writes them as parts of the disks' files.
 */
final class Partitions {
  /** The kernel takes 256 of a disk. */
  private static final int MOST_PER_DISK = 250;

  private static final long ALIGNMENT_BYTES = 1 << 20;

  private final Path folder;
  private final List<Partition> partitions = new ArrayList<>();
  private long endBytes = PartitionTable.END_BYTES;

  /**
   * One of them.
   *
   * @param disk the file, whose name is also the disk's serial number
   * @param number from 1
   */
  record Partition(Path disk, int number, long beginBytes, long lengthBytes) {
    /** How the guest's scripts name it. */
    String name() {
      return disk.getFileName() + ":" + number;
    }

    /** Fills it from a file that is not longer. */
    void put(Path file) throws IOException {
      try (FileChannel in = FileChannel.open(file);
          FileChannel out = FileChannel.open(disk, StandardOpenOption.WRITE)) {
        copy(in, 0, out, beginBytes, in.size());
      }
    }

    /** Copies it to a new file. */
    void get(Path file) throws IOException {
      try (FileChannel in = FileChannel.open(disk);
          FileChannel out =
              FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        copy(in, beginBytes, out, 0, lengthBytes);
      }
    }

    private static void copy(FileChannel in, long from, FileChannel out, long to, long length)
        throws IOException {
      out.position(to);
      for (long done = 0; done < length; ) {
        long copied = in.transferTo(from + done, length - done, out);
        if (copied <= 0) {
          throw new IOException("the file ends " + (length - done) + " bytes early");
        }
        done += copied;
      }
    }
  }

  Partitions(Path folder) {
    this.folder = folder;
  }

  /** Adds a partition, of zeroes. */
  Partition add(long lengthBytes) {
    int disk = partitions.size() / MOST_PER_DISK;
    int number = partitions.size() % MOST_PER_DISK + 1;
    long begin = number == 1 ? PartitionTable.END_BYTES : endBytes;
    Partition added = new Partition(folder.resolve("disk" + disk), number, begin, lengthBytes);
    partitions.add(added);
    endBytes = Math.ceilDiv(begin + lengthBytes, ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    return added;
  }

  /** Makes the disks; nothing is added afterwards. */
  List<Path> make() throws IOException {
    List<Path> disks = partitions.stream().map(Partition::disk).distinct().toList();
    for (Path disk : disks) {
      PartitionTable.write(
          disk, partitions.stream().filter(each -> each.disk().equals(disk)).toList());
    }
    return disks;
  }
}
