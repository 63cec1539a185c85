package org.secretfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksStorage;
import org.secretfs.luks.ReencryptOptions;
import org.secretfs.luks.ReencryptRun;
import org.secretfs.luks.Reencryption;
import org.secretfs.luks.ReencryptionSetup;
import org.secretfs.luks.VolumeKey;

/** A volume that is read and written while it is re-encrypted. */
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class ReencryptingBlockDeviceTest {
  private static final int HEADER_BYTES = 1 << 20;
  private static final int DATA_BYTES = 2 << 20;
  private static final ReencryptRun SMALL_ZONES =
      new ReencryptRun(OptionalLong.of(64 << 10), OptionalLong.empty(), OptionalLong.empty(), 2);

  private final byte[] expected = new byte[DATA_BYTES];

  private static SecretBuffer passphrase() {
    return SecretBuffer.takeFrom("right".getBytes(StandardCharsets.UTF_8));
  }

  /** A volume with random data, of which a re-encryption to larger sectors was begun. */
  private FaultyBlockDevice begun() throws Exception {
    FaultyBlockDevice device = new FaultyBlockDevice(new byte[HEADER_BYTES + DATA_BYTES]);
    LuksStorage storage = BlockDeviceStorage.owning(device);
    new SplittableRandom(3).nextBytes(expected);
    try (SecretBuffer secret = passphrase()) {
      Luks2Volume volume =
          Luks2Volume.format(
              storage,
              FormatOptions.builder(new KdfParameters.Pbkdf2("sha256", 1000))
                  .dataOffsetBytes(HEADER_BYTES)
                  .build(),
              secret);
      try (VolumeKey key = volume.unlock(secret)) {
        BlockDevice plain =
            new EncryptedBlockDevice(
                device,
                volume.segment(),
                SectorCiphers.of(volume.segment().cipherSpec(), key.secret(), 512),
                EncryptedBlockDevice.TrimPolicy.IGNORE);
        plain.write(ByteBuffer.wrap(expected.clone()), 0);
        plain.flush();
      }
      ReencryptionSetup.reencrypt(
          storage, storage, List.of(secret), ReencryptOptions.defaults().withSectorSize(4096));
    }
    return device;
  }

  private static ReencryptingBlockDevice serve(BlockDevice device) throws Exception {
    try (SecretBuffer secret = passphrase()) {
      LuksStorage storage = BlockDeviceStorage.owning(device);
      return ReencryptingBlockDevice.open(
          device, Reencryption.open(storage, storage, List.of(secret)));
    }
  }

  private static byte[] contentOf(BlockDevice device) throws IOException {
    ByteBuffer all = ByteBuffer.allocate(DATA_BYTES);
    device.read(all, 0);
    return all.array();
  }

  @Test
  void read_betweenZones_seesTheVolumeAsItWas() throws Exception {
    try (ReencryptingBlockDevice served = serve(begun())) {
      int[] zones = {7};
      assertThat(served.run(SMALL_ZONES, (_, _) -> zones[0]-- > 0)).isFalse();
      assertThat(contentOf(served)).isEqualTo(expected);
      assertThat(served.run(SMALL_ZONES, (_, _) -> true)).isTrue();
      assertThat(contentOf(served)).isEqualTo(expected);
    }
  }

  @Test
  void write_fromSeveralThreadsWhileItRuns_isNeverLost() throws Exception {
    try (ReencryptingBlockDevice served = serve(begun())) {
      AtomicBoolean done = new AtomicBoolean();
      List<CompletableFuture<Void>> writers =
          List.of(writer(served, 0, done), writer(served, 1, done));
      boolean ended = served.run(SMALL_ZONES, (_, _) -> true);
      done.set(true);
      for (CompletableFuture<Void> writer : writers) {
        writer.get();
      }
      assertThat(ended).isTrue();
      assertThat(contentOf(served)).isEqualTo(expected);
    }
  }

  /** Writes and reads back at random places of its own half; unaligned, across zones. */
  private CompletableFuture<Void> writer(BlockDevice served, int half, AtomicBoolean done) {
    return CompletableFuture.runAsync(() -> {
      SplittableRandom random = new SplittableRandom(half);
      try {
        for (int i = 0; i < 200 || !done.get(); i++) {
          int length = random.nextInt(1, 20_000);
          int offset = half * (DATA_BYTES / 2) + random.nextInt(DATA_BYTES / 2 - length);
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          System.arraycopy(bytes, 0, expected, offset, length);
          served.write(ByteBuffer.wrap(bytes), offset);
          ByteBuffer back = ByteBuffer.allocate(length);
          served.read(back, offset);
          assertThat(back.array())
              .isEqualTo(java.util.Arrays.copyOfRange(expected, offset, offset + length));
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    });
  }

  @Test
  void run_failsHalfWay_failsRequestsIntoThatPartOnlyUntilItIsRunAgain() throws Exception {
    FaultyBlockDevice device = begun();
    try (ReencryptingBlockDevice served = serve(device)) {
      long operations = device.operations();
      int[] zones = {3};
      assertThat(served.run(SMALL_ZONES, (_, _) -> zones[0]-- > 0)).isFalse();
      long perZone = (device.operations() - operations) / 3;
      device.failAfter(perZone - 3);
      assertThatThrownBy(() -> served.run(SMALL_ZONES, (_, _) -> true))
          .isInstanceOf(IOException.class);
      ByteBuffer sector = ByteBuffer.allocate(512);
      assertThatThrownBy(() -> served.read(sector, 3 * (64 << 10) + 512))
          .hasMessageContaining("was being re-encrypted");
      served.read(sector.clear(), 0);
      served.read(sector.clear(), DATA_BYTES - 512);
      device.failAfter(Long.MAX_VALUE);
      assertThat(served.run(SMALL_ZONES, (_, _) -> true)).isTrue();
      assertThat(contentOf(served)).isEqualTo(expected);
    }
  }
}
