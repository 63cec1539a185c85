package org.secretfs.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.FaultyBlockDevice;
import org.secretfs.keys.testing.FixedKeySource;

/**
 * What clients of an export find after a power cut that loses any sectors written since the last
 * flush: everything acknowledged as durable, and of the rest each sector old or new.
 */
class PowerCutTest {
  private static final int SIZE = 20 << 20;
  private static final int SECTOR = 512;
  private static final int SECTORS = 64;
  private static final int SEEDS = 40;

  @TempDir Path directory;
  private final TestExport spec = new TestExport();
  private ProxyAudit audit;

  @BeforeEach
  void start() throws ProxyException {
    spec.keys = FixedKeySource.empty();
    audit = new ProxyAudit(directory.resolve("audit"), Clock.systemUTC(), "test");
    audit.open();
  }

  @AfterEach
  void stop() throws ProxyException {
    audit.close();
  }

  private ManagedExport export(BlockDevice backing) {
    TestExport.Memory backings = new TestExport.Memory().with("nbd://memory", backing);
    return new ManagedExport(spec.named("e"), backings, audit, Clock.systemUTC());
  }

  /** What a sector may hold: its last durable version, or one written later. */
  private static final class Sectors {
    private final List<List<Byte>> allowed = new ArrayList<>();

    Sectors() {
      IntStream.range(0, SECTORS).forEach(i -> allowed.add(new ArrayList<>(List.of((byte) 0))));
    }

    void written(int first, int count, byte version, boolean durable) {
      for (int i = first; i < first + count; i++) {
        if (durable) {
          allowed.get(i).clear();
        }
        allowed.get(i).add(version);
      }
    }

    void flushed() {
      allowed.replaceAll(versions -> new ArrayList<>(List.of(versions.getLast())));
    }

    void check(BlockDevice device, long seed) throws IOException {
      for (int i = 0; i < SECTORS; i++) {
        byte[] found = new byte[SECTOR];
        device.read(ByteBuffer.wrap(found), (long) i * SECTOR);
        assertThat(found).as("seed %d, sector %d is whole", seed, i).containsOnly(found[0]);
        assertThat(allowed.get(i)).as("seed %d, sector %d", seed, i).contains(found[0]);
      }
    }
  }

  @Test
  void cutPower_underVerifyingLoad_losesNothingThatWasAcknowledgedAsDurable() throws Exception {
    FaultyBlockDevice made = new FaultyBlockDevice(new byte[SIZE]);
    try (ExportHold hold = export(made).admit(TestExport.CLIENT)) {
      hold.device().writeZeroes(0, SECTORS * SECTOR);
      hold.device().flush();
    }
    byte[] image = made.content();
    for (int seed = 0; seed < SEEDS; seed++) {
      runAndCut(image, seed);
    }
  }

  private void runAndCut(byte[] image, long seed) throws Exception {
    FaultyBlockDevice backing = new FaultyBlockDevice(image);
    ManagedExport export = export(backing);
    Sectors sectors = new Sectors();
    try (ExportHold hold = export.admit(TestExport.CLIENT)) {
      SplittableRandom random = new SplittableRandom(seed);
      int requests = random.nextInt(5, 60);
      for (int i = 0; i < requests; i++) {
        request(hold.device(), sectors, random, (byte) (1 + i));
        if (random.nextInt(40) == 0) {
          export.suspend(SuspendReason.OPERATOR, Optional.empty());
          export.resume();
          sectors.flushed();
        }
      }
    }
    ManagedExport after = export(backing.cutPower(seed));
    try (ExportHold hold = after.admit(TestExport.CLIENT)) {
      sectors.check(hold.device(), seed);
    }
    after.remove(Duration.ZERO);
  }

  private static void request(
      BlockDevice device, Sectors sectors, SplittableRandom random, byte version)
      throws IOException {
    int first = random.nextInt(SECTORS);
    int count = random.nextInt(1, SECTORS - first + 1);
    byte[] content = new byte[count * SECTOR];
    java.util.Arrays.fill(content, version);
    switch (random.nextInt(5)) {
      case 0 -> {
        device.flush();
        sectors.flushed();
      }
      case 1 -> {
        device.writeDurably(ByteBuffer.wrap(content), (long) first * SECTOR);
        sectors.written(first, count, version, true);
      }
      default -> {
        device.write(ByteBuffer.wrap(content), (long) first * SECTOR);
        sectors.written(first, count, version, false);
      }
    }
  }
}
