package org.secretfs.nbd.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.EncryptedBlockDevice;
import org.secretfs.block.EncryptedBlockDevice.TrimPolicy;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.CryptSegment;
import org.secretfs.nbd.TestServer;

/**
 * What a warm connection allocates for a request, from the socket through the cipher to the file:
 * the counter of the serving threads before and after ten thousand of each kind.
 */
class AllocationTest {
  private static final int REQUESTS = 10_000;
  private static final int WARM_UP = 20_000;
  private static final int LENGTH = 4096;
  private static final int POSITIONS = 256;

  /** Some small objects that the compiler may or may not take away; no buffer and no array. */
  private static final long MOST_BYTES_PER_REQUEST = 512;

  @TempDir Path folder;

  private EncryptedBlockDevice device() throws IOException {
    Path image = Files.write(folder.resolve("image"), new byte[POSITIONS * LENGTH]);
    byte[] key = new byte[64];
    new SplittableRandom(1).nextBytes(key);
    CryptSegment segment =
        new CryptSegment(0, OptionalLong.empty(), CryptSegment.AES_XTS_PLAIN64, LENGTH, 0);
    try (SecretBuffer secret = SecretBuffer.takeFrom(key)) {
      return new EncryptedBlockDevice(
          FileBlockDevice.open(image),
          segment,
          SectorCiphers.aesXts(secret, LENGTH),
          TrimPolicy.IGNORE);
    }
  }

  @Test
  void requests_warmConnection_allocateNoBuffers() throws Exception {
    try (EncryptedBlockDevice device = device();
        TestServer server = TestServer.of(device);
        RawClient client = RawClient.simple(server.socket, "")) {
      run(client, RawClient.WRITE, WARM_UP);
      run(client, RawClient.READ, WARM_UP);

      for (int command : new int[] {RawClient.WRITE, RawClient.READ}) {
        long before = allocatedByServer();
        run(client, command, REQUESTS);
        long perRequest = (allocatedByServer() - before) / REQUESTS;
        assertThat(perRequest)
            .as("bytes allocated for each request of command %d", command)
            .isLessThan(MOST_BYTES_PER_REQUEST);
      }
    }
  }

  private static void run(RawClient client, int command, int requests) throws IOException {
    byte[] payload = command == RawClient.WRITE ? new byte[LENGTH] : new byte[0];
    for (int i = 0; i < requests; i++) {
      client.request(0, command, i, (long) (i % POSITIONS) * LENGTH, LENGTH, payload);
      assertThat(client.reply(command == RawClient.READ ? LENGTH : 0).error()).isZero();
    }
  }

  private static long allocatedByServer() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long bytes = 0;
    for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
      if (thread != null && thread.getThreadName().startsWith("nbd-unix")) {
        bytes += threads.getThreadAllocatedBytes(thread.getThreadId());
      }
    }
    return bytes;
  }
}
