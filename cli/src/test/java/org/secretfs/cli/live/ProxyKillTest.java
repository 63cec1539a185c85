package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * SIGKILL of the proxy under a verifying load of several connections: afterwards every write that
 * was acknowledged with FUA, or before an acknowledged flush, is there, and every other sector is
 * old or new.
 */
class ProxyKillTest {
  private static final int CONNECTIONS = 3;
  private static final int BLOCK = 4096;
  private static final int BLOCKS = 256;
  private static final int MOST_BLOCKS_AT_ONCE = 32;

  @TempDir Path directory;

  /** One connection's region: what each block may hold. Versions only grow. */
  private final class Region implements Callable<Long> {
    private final int number;
    private final SplittableRandom random;
    private final long[] durable = new long[BLOCKS];
    private final long[] newest = new long[BLOCKS];
    private long version;

    Region(int number, long seed) {
      this.number = number;
      this.random = new SplittableRandom(seed);
    }

    private long offset(int block) {
      return ((long) number * BLOCKS + block) * BLOCK;
    }

    /** Writes until the server is gone; returns how many requests were acknowledged. */
    @Override
    public Long call() {
      long acknowledged = 0;
      try (PlainNbd client = PlainNbd.connect(directory.resolve("nbd.sock"), "data")) {
        while (true) {
          step(client);
          acknowledged++;
        }
      } catch (IOException e) {
        return acknowledged;
      }
    }

    private void step(PlainNbd client) throws IOException {
      if (random.nextInt(8) == 0) {
        long[] before = newest.clone();
        client.flush();
        System.arraycopy(before, 0, durable, 0, BLOCKS);
        return;
      }
      int first = random.nextInt(BLOCKS);
      int count = random.nextInt(1, Math.min(MOST_BLOCKS_AT_ONCE, BLOCKS - first) + 1);
      boolean fua = random.nextInt(4) == 0;
      version++;
      // Before the answer: what is in flight at the kill may be there or not.
      Arrays.fill(newest, first, first + count, version);
      client.write(offset(first), content(count), fua);
      if (fua) {
        Arrays.fill(durable, first, first + count, version);
      }
    }

    private byte[] content(int blocks) {
      ByteBuffer bytes = ByteBuffer.allocate(blocks * BLOCK);
      while (bytes.hasRemaining()) {
        bytes.putLong(version);
      }
      return bytes.array();
    }

    void check(PlainNbd client) throws IOException {
      for (int block = 0; block < BLOCKS; block++) {
        ByteBuffer found = ByteBuffer.wrap(client.read(offset(block), BLOCK));
        long first = found.getLong();
        assertThat(first)
            .as("region %d, block %d", number, block)
            .isBetween(durable[block], newest[block]);
        while (found.hasRemaining()) {
          assertThat(found.getLong()).as("block %d is whole", block).isEqualTo(first);
        }
        durable[block] = first;
        newest[block] = first;
      }
    }
  }

  @Test
  void kill_threeTimesUnderLoad_losesNothingAcknowledged() throws Exception {
    killUnderLoad(3, 1);
  }

  @Test
  @Tag("long")
  void kill_manyTimesUnderLoad_losesNothingAcknowledged() throws Exception {
    killUnderLoad(25, 2);
  }

  private void killUnderLoad(int kills, long seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    try (ProxyLab lab =
            new ProxyLab(directory, Map.of()).configure(ProxyLab.fileExport("data", "")).start();
        ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
      List<Region> regions = new ArrayList<>();
      try (PlainNbd client = PlainNbd.connect(directory.resolve("nbd.sock"), "data")) {
        for (int i = 0; i < CONNECTIONS; i++) {
          regions.add(new Region(i, seed + i));
          client.write(regions.get(i).offset(0), new byte[BLOCKS * BLOCK], true);
        }
      }
      long acknowledged = 0;
      for (int kill = 0; kill < kills; kill++) {
        List<Future<Long>> running = new ArrayList<>();
        regions.forEach(region -> running.add(threads.submit(region)));
        Thread.sleep(random.nextInt(100, 900));
        lab.kill();
        for (Future<Long> region : running) {
          acknowledged += region.get();
        }
        lab.start();
        try (PlainNbd client = PlainNbd.connect(directory.resolve("nbd.sock"), "data")) {
          for (Region region : regions) {
            region.check(client);
          }
        }
      }
      assertThat(acknowledged).as("requests acknowledged").isGreaterThan(10L * kills);
    }
  }
}
