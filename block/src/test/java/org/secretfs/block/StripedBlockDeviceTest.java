package org.secretfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stripes against a plain array as the model, and devices that do not belong together. */
class StripedBlockDeviceTest {
  private static final int DEVICE_BYTES = 300_000;

  private static List<BlockDevice> devices(int count) {
    BlockDevice[] devices = new BlockDevice[count];
    Arrays.setAll(devices, i -> new InMemoryBlockDevice(DEVICE_BYTES + 1000 * i));
    return List.of(devices);
  }

  @ParameterizedTest
  @CsvSource({"1, 4096", "2, 4096", "3, 8192", "5, 65536"})
  void readAndWrite_anyAlignment_agreeWithTheModelAfterReopening(int count, int chunkBytes)
      throws Exception {
    List<BlockDevice> backings = devices(count);
    StripedBlockDevice stripe = StripeLayout.format(backings, chunkBytes);
    int size = Math.toIntExact(stripe.sizeBytes());
    assertThat(size).isEqualTo((DEVICE_BYTES - 4096) / chunkBytes * chunkBytes * count);
    byte[] model = new byte[size];
    SplittableRandom random = new SplittableRandom(count);
    for (int i = 0; i < 200; i++) {
      int offset = random.nextInt(size);
      byte[] data = new byte[random.nextInt(size - offset)];
      random.nextBytes(data);
      if (i % 10 == 0) {
        Arrays.fill(data, (byte) 0);
        stripe.writeZeroes(offset, data.length);
      } else {
        stripe.write(ByteBuffer.wrap(data.clone()), offset);
      }
      System.arraycopy(data, 0, model, offset, data.length);
    }
    byte[] back = new byte[size];
    StripeLayout.open(backings).read(ByteBuffer.wrap(back), 0);
    assertThat(back).isEqualTo(model);
  }

  @Test
  void write_chunkAfterChunk_goesToDeviceAfterDevice() throws Exception {
    List<BlockDevice> backings = devices(2);
    StripedBlockDevice stripe = StripeLayout.format(backings, 4096);
    byte[] data = new byte[3 * 4096];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (1 + i / 4096);
    }
    stripe.writeDurably(ByteBuffer.wrap(data), 0);
    byte[] first = new byte[8192];
    backings.getFirst().read(ByteBuffer.wrap(first), 4096);
    assertThat(Arrays.copyOf(first, 4096)).containsOnly(1);
    assertThat(Arrays.copyOfRange(first, 4096, 8192)).containsOnly(3);
  }

  @Test
  void open_wrongOrderOrStranger_isRefused() throws Exception {
    List<BlockDevice> backings = devices(3);
    StripeLayout.format(backings, 4096);
    List<BlockDevice> others = devices(3);
    StripeLayout.format(others, 4096);
    refused(List.of(backings.get(1), backings.get(0), backings.get(2)), "device 0");
    refused(List.of(backings.get(0), backings.get(1)), "device 0");
    refused(List.of(backings.get(0), others.get(1), backings.get(2)), "device 1");
    refused(List.of(new InMemoryBlockDevice(DEVICE_BYTES)), "no stripe header");
    refused(List.of(new InMemoryBlockDevice(512)), "less than a header");
    assertThatIllegalArgumentException().isThrownBy(() -> StripeLayout.open(List.of()));
  }

  private static void refused(List<BlockDevice> backings, String reason) {
    assertThatThrownBy(() -> StripeLayout.open(backings))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void open_damagedHeader_isRefused() throws Exception {
    List<BlockDevice> backings = devices(1);
    StripeLayout.format(backings, 4096);
    backings.getFirst().write(ByteBuffer.wrap(new byte[] {9}), 30);
    refused(backings, "checksum");
  }

  @Test
  void format_deviceInUse_isRefused() throws Exception {
    List<BlockDevice> backings = devices(2);
    backings.get(1).write(ByteBuffer.wrap(new byte[] {1}), 4000);
    assertThatThrownBy(() -> StripeLayout.format(backings, 4096))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("not blank");
    assertThatIllegalArgumentException().isThrownBy(() -> StripeLayout.format(devices(2), 5000));
  }

  @Test
  void flush_oneDeviceFails_failsAfterTryingAll() throws Exception {
    FaultyBlockDevice faulty = new FaultyBlockDevice(new byte[DEVICE_BYTES / 512 * 512]);
    FaultyBlockDevice sound = new FaultyBlockDevice(new byte[DEVICE_BYTES / 512 * 512]);
    StripedBlockDevice stripe = StripeLayout.format(List.of(faulty, sound), 4096);
    faulty.failAfter(0);
    long before = sound.operations();
    assertThatThrownBy(stripe::flush).isInstanceOf(IOException.class);
    assertThat(sound.operations()).isEqualTo(before + 1);
  }

  @FuzzTest
  void decode_anyBytes_givesALayoutThatEncodesTheSameOrIoException(byte[] bytes) {
    ByteBuffer header = ByteBuffer.wrap(Arrays.copyOf(bytes, StripeLayout.HEADER_BYTES));
    try {
      StripeLayout layout = StripeLayout.decode(header.duplicate());
      assertThat(layout.encode().limit(52)).isEqualTo(header.limit(52));
    } catch (IOException refused) {
      assertThat(refused.getMessage()).startsWith("stripe: ");
    }
  }
}
