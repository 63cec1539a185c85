package org.secretfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.block.EncryptedBlockDevice.TrimPolicy;
import org.secretfs.block.EncryptedBlockDevice.ZeroPolicy;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.CryptSegment;

/** Reads and writes through encryption, against a plain array as the model. */
class EncryptedBlockDeviceTest {
  private static final int OFFSET_BYTES = 8192;
  private static final int DATA_BYTES = 1 << 20;

  private static SectorCipher cipher(int sectorSize) {
    byte[] key = new byte[64];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (i * 7);
    }
    try (SecretBuffer secret = SecretBuffer.takeFrom(key)) {
      return SectorCiphers.aesXts(secret, sectorSize);
    }
  }

  private static CryptSegment segment(int sectorSize, long ivTweak) {
    return new CryptSegment(
        OFFSET_BYTES, OptionalLong.empty(), "aes-xts-plain64", sectorSize, ivTweak);
  }

  private static EncryptedBlockDevice open(BlockDevice backing, int sectorSize) throws IOException {
    return new EncryptedBlockDevice(
        backing, segment(sectorSize, 0), cipher(sectorSize), TrimPolicy.IGNORE);
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] read(BlockDevice device, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    device.read(ByteBuffer.wrap(bytes), offset);
    return bytes;
  }

  private static ByteBuffer copy(byte[] bytes, boolean direct) {
    ByteBuffer buffer =
        direct ? ByteBuffer.allocateDirect(bytes.length) : ByteBuffer.allocate(bytes.length + 3);
    if (!direct) {
      buffer.position(3);
      buffer = buffer.slice();
    }
    return buffer.put(bytes).flip();
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void zeroOrPunch_anyRange_readsAsZeroesByBothPolicies(int sectorSize) throws Exception {
    for (ZeroPolicy policy : ZeroPolicy.values()) {
      byte[] stored = new byte[OFFSET_BYTES + DATA_BYTES];
      FaultyBlockDevice backing = new FaultyBlockDevice(stored);
      EncryptedBlockDevice device =
          new EncryptedBlockDevice(
              backing, segment(sectorSize, 0), cipher(sectorSize), TrimPolicy.IGNORE, policy);
      byte[] model = random(DATA_BYTES, sectorSize);
      device.write(ByteBuffer.wrap(model.clone()), 0);
      SplittableRandom random = new SplittableRandom(7);
      for (int i = 0; i < 60; i++) {
        int offset = random.nextInt(DATA_BYTES);
        int length = random.nextInt(Math.min(DATA_BYTES - offset, 20_000) + 1);
        device.zeroOrPunch(offset, length);
        Arrays.fill(model, offset, offset + length, (byte) 0);
        int at = random.nextInt(DATA_BYTES - 700);
        byte[] more = random(700, i);
        device.write(ByteBuffer.wrap(more.clone()), at);
        System.arraycopy(more, 0, model, at, more.length);
        assertThat(read(device, 0, DATA_BYTES)).isEqualTo(model);
      }
      assertThat(hasZeroSector(backing.content(), sectorSize))
          .as("zeroes on the backing by %s", policy)
          .isEqualTo(policy == ZeroPolicy.PUNCH);
    }
  }

  private static boolean hasZeroSector(byte[] content, int sectorSize) {
    byte[] zeroes = new byte[sectorSize];
    for (int at = OFFSET_BYTES; at < content.length; at += sectorSize) {
      if (Arrays.equals(content, at, at + sectorSize, zeroes, 0, sectorSize)) {
        return true;
      }
    }
    return false;
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096})
  void readAndWrite_anyAlignment_agreeWithTheModel(int sectorSize) throws Exception {
    InMemoryBlockDevice backing = new InMemoryBlockDevice(OFFSET_BYTES + DATA_BYTES);
    EncryptedBlockDevice device = open(backing, sectorSize);
    byte[] model = random(DATA_BYTES, sectorSize);
    device.write(ByteBuffer.wrap(model.clone()), 0);
    SplittableRandom random = new SplittableRandom(sectorSize);
    for (int i = 0; i < 400; i++) {
      int offset = random.nextInt(DATA_BYTES);
      int length = random.nextInt(Math.min(DATA_BYTES - offset, i % 40 == 0 ? DATA_BYTES : 20_000));
      byte[] data = random(length, i);
      device.write(copy(data, random.nextBoolean()), offset);
      System.arraycopy(data, 0, model, offset, length);
      ByteBuffer back = copy(new byte[length], random.nextBoolean());
      device.read(back, offset);
      assertThat(back.flip()).isEqualTo(ByteBuffer.wrap(data));
    }
    assertThat(read(device, 0, DATA_BYTES)).isEqualTo(model);
    assertThat(read(backing, 0, OFFSET_BYTES)).containsOnly(0);
  }

  /** The second 4096-byte sector has tweak 8: tweaks count units of 512 bytes. */
  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void write_eachSector_isEncryptedWithItsTweak(int sectorSize) throws Exception {
    InMemoryBlockDevice backing = new InMemoryBlockDevice(OFFSET_BYTES + DATA_BYTES);
    EncryptedBlockDevice device =
        new EncryptedBlockDevice(
            backing, segment(sectorSize, 1000), cipher(sectorSize), TrimPolicy.IGNORE);
    byte[] plain = random(4 * sectorSize, 1);
    device.write(ByteBuffer.wrap(plain.clone()), 8L * sectorSize);
    byte[] expected = plain.clone();
    try (SectorCipher cipher = cipher(sectorSize)) {
      for (int i = 0; i < 4; i++) {
        long tweak = (8L + i) * sectorSize / 512 + 1000;
        cipher.encrypt(expected, i * sectorSize, sectorSize, tweak);
      }
    }
    assertThat(read(backing, OFFSET_BYTES + 8L * sectorSize, plain.length)).isEqualTo(expected);
  }

  @Test
  void write_readOnlyBuffer_isNotNeededToChange() throws Exception {
    EncryptedBlockDevice device = open(new InMemoryBlockDevice(OFFSET_BYTES + DATA_BYTES), 512);
    byte[] data = random(10_000, 3);
    device.write(ByteBuffer.wrap(data.clone()).asReadOnlyBuffer(), 77);
    assertThat(read(device, 77, data.length)).isEqualTo(data);
  }

  @Test
  void write_differentPartsOfOneSectorAtOnce_allArrive() throws Exception {
    int part = 16;
    EncryptedBlockDevice device = open(new InMemoryBlockDevice(OFFSET_BYTES + DATA_BYTES), 4096);
    byte[] data = random(8192, 5);
    try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
      java.util.List<Future<?>> writes = new java.util.ArrayList<>();
      for (int at = 0; at < data.length; at += part) {
        byte[] piece = Arrays.copyOfRange(data, at, at + part);
        long offset = at;
        writes.add(
            executor.submit(() -> {
              device.write(ByteBuffer.wrap(piece), offset);
              return null;
            }));
      }
      for (Future<?> write : writes) {
        write.get();
      }
    }
    assertThat(read(device, 0, data.length)).isEqualTo(data);
  }

  /** Of a write to a whole sector, what a write to a part does not cover stays. */
  @Test
  void write_partWhileWholeSectorIsWritten_keepsTheRestOfTheWhole() throws Exception {
    EncryptedBlockDevice device = open(new InMemoryBlockDevice(OFFSET_BYTES + DATA_BYTES), 4096);
    try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
      for (int round = 1; round <= 2000; round++) {
        byte[] whole = filled(4096, round);
        byte[] part = filled(100, -round);
        CyclicBarrier start = new CyclicBarrier(2);
        Future<?> first = executor.submit(() -> writeAt(device, whole, 4096, start));
        Future<?> second = executor.submit(() -> writeAt(device, part, 4096 + 1000, start));
        first.get();
        second.get();
        byte[] left = read(device, 4096, 4096);
        assertThat(Arrays.copyOf(left, 1000)).containsOnly((byte) round);
        assertThat(Arrays.copyOfRange(left, 1100, 4096)).containsOnly((byte) round);
      }
    }
  }

  /** The bytes of a sector that nobody changes never read as anything else. */
  @Test
  void read_whileAnotherPartOfTheSectorIsWritten_isNotTorn() throws Exception {
    EncryptedBlockDevice device = open(new InMemoryBlockDevice(OFFSET_BYTES + DATA_BYTES), 4096);
    device.write(ByteBuffer.wrap(filled(4096, 1)), 0);
    try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
      Future<?> writer =
          executor.submit(() -> {
            for (int i = 0; i < 3000; i++) {
              device.write(ByteBuffer.wrap(filled(512, i)), 512);
            }
            return null;
          });
      while (!writer.isDone()) {
        assertThat(read(device, 2048, 512)).containsOnly(1);
      }
      writer.get();
    }
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static @Nullable Object writeAt(
      BlockDevice device, byte[] data, long offset, CyclicBarrier start) throws Exception {
    start.await();
    device.write(ByteBuffer.wrap(data), offset);
    return null;
  }

  @Test
  void writeZeroes_unaligned_readsAsZeroesAndStoresNone() throws Exception {
    InMemoryBlockDevice backing = new InMemoryBlockDevice(OFFSET_BYTES + DATA_BYTES);
    EncryptedBlockDevice device = open(backing, 4096);
    device.write(ByteBuffer.wrap(random(DATA_BYTES, 9)), 0);
    device.writeZeroes(100, 700_000);
    assertThat(read(device, 100, 700_000)).containsOnly(0);
    assertThat(read(device, 99, 1)).isEqualTo(Arrays.copyOfRange(random(DATA_BYTES, 9), 99, 100));
    byte[] stored = read(backing, OFFSET_BYTES + 4096, 4096);
    assertThat(stored).isNotEqualTo(new byte[4096]);
  }

  @Test
  void trim_byPolicy_reachesTheBackingDeviceInWholeSectors() throws Exception {
    TrimRecorder recorder = new TrimRecorder(OFFSET_BYTES + DATA_BYTES);
    open(recorder, 4096).trim(0, DATA_BYTES);
    assertThat(recorder.trims).isEmpty();
    EncryptedBlockDevice device =
        new EncryptedBlockDevice(recorder, segment(4096, 0), cipher(4096), TrimPolicy.PASS_THROUGH);
    device.trim(1, 3 * 4096);
    device.trim(10, 100);
    assertThat(recorder.trims).containsExactly("%d+%d".formatted(OFFSET_BYTES + 4096, 2 * 4096));
  }

  @Test
  void open_segmentBeyondTheDevice_isRefused() {
    CryptSegment tooLong =
        new CryptSegment(OFFSET_BYTES, OptionalLong.of(8192), "aes-xts-plain64", 512, 0);
    for (int size : new int[] {0, OFFSET_BYTES - 512, OFFSET_BYTES + 4096}) {
      assertThatThrownBy(() ->
              new EncryptedBlockDevice(
                  new InMemoryBlockDevice(size), tooLong, cipher(512), TrimPolicy.IGNORE))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("does not lie within");
    }
  }

  @Test
  void sizeBytes_backingNotWholeSectors_isRoundedDown() throws Exception {
    assertThat(open(new InMemoryBlockDevice(OFFSET_BYTES + 10_000), 4096).sizeBytes())
        .isEqualTo(8192);
  }

  @Test
  void request_outsideTheDevice_isRefused() throws Exception {
    EncryptedBlockDevice device = open(new InMemoryBlockDevice(OFFSET_BYTES + 4096), 512);
    ByteBuffer buffer = ByteBuffer.allocate(512);
    for (long offset : new long[] {-1, 3585, 4096, Long.MAX_VALUE}) {
      assertThatThrownBy(() -> device.read(buffer, offset))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> device.write(buffer, offset))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> device.trim(offset, 512))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> device.writeZeroes(offset, 512))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void write_backingFails_leavesOtherBytesUnchangedAndGoesOn() throws Exception {
    FaultyBlockDevice backing = new FaultyBlockDevice(new byte[OFFSET_BYTES + DATA_BYTES]);
    EncryptedBlockDevice device = open(backing, 4096);
    byte[] before = random(DATA_BYTES, 11);
    device.write(ByteBuffer.wrap(before.clone()), 0);
    backing.failAfter(0);
    ByteBuffer part = ByteBuffer.wrap(random(5000, 12));
    assertThatThrownBy(() -> device.write(part, 4097)).isInstanceOf(IOException.class);
    backing.failAfter(Long.MAX_VALUE);
    assertThat(read(device, 0, 4096)).isEqualTo(Arrays.copyOf(before, 4096));
    assertThat(read(device, 12_288, 4096)).isEqualTo(Arrays.copyOfRange(before, 12_288, 16_384));
    byte[] again = random(5000, 13);
    device.write(ByteBuffer.wrap(again.clone()), 4097);
    assertThat(read(device, 4097, 5000)).isEqualTo(again);
  }

  /** Notes what is trimmed. */
  private static final class TrimRecorder implements BlockDevice {
    private final InMemoryBlockDevice memory;
    private final java.util.List<String> trims = new java.util.ArrayList<>();

    TrimRecorder(int sizeBytes) {
      this.memory = new InMemoryBlockDevice(sizeBytes);
    }

    @Override
    public long sizeBytes() {
      return memory.sizeBytes();
    }

    @Override
    public void read(ByteBuffer target, long offsetBytes) {
      memory.read(target, offsetBytes);
    }

    @Override
    public void write(ByteBuffer source, long offsetBytes) {
      memory.write(source, offsetBytes);
    }

    @Override
    public void flush() {
      memory.flush();
    }

    @Override
    public void trim(long offsetBytes, long lengthBytes) {
      trims.add(offsetBytes + "+" + lengthBytes);
    }

    @Override
    public void writeZeroes(long offsetBytes, long lengthBytes) {
      memory.writeZeroes(offsetBytes, lengthBytes);
    }

    @Override
    public void close() {
      memory.close();
    }
  }
}
