package org.secretfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Each fault, and its end. */
class UnreliableBlockDeviceTest {
  private final InMemoryBlockDevice memory = new InMemoryBlockDevice(8192);
  private final UnreliableBlockDevice device = new UnreliableBlockDevice(memory);

  private static ByteBuffer ones(int length) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 1);
    return ByteBuffer.wrap(bytes);
  }

  private void fails(ByteBuffer data, long offset, String reason) {
    assertThatThrownBy(() -> device.write(data, offset))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void failEvery_third_failsThatOnly() throws Exception {
    device.failEvery(3);
    device.write(ones(1), 0);
    device.flush();
    fails(ones(1), 1, "Input/output error");
    device.write(ones(1), 2);
    byte[] content = new byte[3];
    memory.read(ByteBuffer.wrap(content), 0);
    assertThat(content).containsExactly(1, 0, 1);
  }

  @Test
  void tearWritesAfter_longWrite_storesItsBeginning() throws Exception {
    device.tearWritesAfter(512);
    device.write(ones(512), 0);
    fails(ones(1024), 1024, "tear");
    byte[] content = new byte[1024];
    memory.read(ByteBuffer.wrap(content), 1024);
    assertThat(Arrays.copyOf(content, 512)).containsOnly(1);
    assertThat(Arrays.copyOfRange(content, 512, 1024)).containsOnly(0);
  }

  @Test
  void fullBeyond_laterWrite_hasNoSpace() throws Exception {
    device.fullBeyond(4096);
    device.write(ones(4096), 0);
    fails(ones(1), 4096, "No space left on device");
    device.fullBeyond(Long.MAX_VALUE);
    device.write(ones(1), 4096);
  }

  @Test
  void disappearAndDelay_endAgain() throws Exception {
    device.disappear(true);
    fails(ones(1), 0, "gone");
    device.disappear(false);
    device.delay(Duration.ofMillis(20));
    long start = System.nanoTime();
    device.write(ones(1), 0);
    assertThat(System.nanoTime() - start).isGreaterThan(Duration.ofMillis(19).toNanos());
  }
}
