package org.secretfs.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.secretfs.crypto.memory.SecretBuffer;

class SectorCipherConcurrencyTest {
  private static final int TASKS = 400;
  private static final int REQUEST_BYTES = 16 * 1024;
  private static final int CLOSING_ROUNDS = 60;

  static Stream<SectorCipherProvider> providers() {
    return SectorCiphers.providers().stream();
  }

  @ParameterizedTest
  @MethodSource("providers")
  void encrypt_byManyVirtualThreads_agreesWithOne(SectorCipherProvider provider)
      throws InterruptedException, ExecutionException {
    requireAvailable(provider);
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES);
        SectorCipher cipher = provider.aesXts(key, 512);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> results = new ArrayList<>();
      for (int task = 0; task < TASKS; task++) {
        long tweak = task;
        results.add(threads.submit(() -> encrypted(cipher, tweak)));
      }
      for (int task = 0; task < TASKS; task++) {
        assertThat(results.get(task).get()).isEqualTo(encrypted(cipher, task));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void close_whileOthersEncrypt_eachCallIsDoneOrRefused(SectorCipherProvider provider)
      throws InterruptedException, ExecutionException {
    requireAvailable(provider);
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES);
        SectorCipher reference = provider.aesXts(key, 512);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      byte[] expected = encrypted(reference, 0);
      for (int round = 0; round < CLOSING_ROUNDS; round++) {
        SectorCipher cipher = provider.aesXts(key, 512);
        CountDownLatch running = new CountDownLatch(4);
        List<Future<Integer>> users = new ArrayList<>();
        for (int user = 0; user < 4; user++) {
          users.add(threads.submit(() -> encryptUntilRefused(cipher, expected, running)));
        }
        running.await();
        cipher.close();
        for (Future<Integer> user : users) {
          assertThat(user.get()).isPositive();
        }
      }
    }
  }

  private static int encryptUntilRefused(
      SectorCipher cipher, byte[] expected, CountDownLatch running) {
    int done = 0;
    while (true) {
      byte[] data = new byte[REQUEST_BYTES];
      try {
        cipher.encrypt(data, 0, data.length, 0);
      } catch (IllegalStateException closed) {
        assertThat(data).as("a refused request is untouched").containsOnly(0);
        return done;
      }
      assertThat(data).isEqualTo(expected);
      if (done++ == 0) {
        running.countDown();
      }
    }
  }

  private static byte[] encrypted(SectorCipher cipher, long tweak) {
    byte[] data = new byte[REQUEST_BYTES];
    cipher.encrypt(data, 0, data.length, tweak);
    return data;
  }

  private static void requireAvailable(SectorCipherProvider provider) {
    Assumptions.assumeTrue(
        provider.unavailableBecause().isEmpty(), () -> provider.unavailableBecause().orElse(""));
  }
}
