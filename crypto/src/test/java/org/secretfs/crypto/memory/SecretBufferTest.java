package org.secretfs.crypto.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.kdf.Pbkdf2;

class SecretBufferTest {
  @Test
  void allocate_pages_areLockedUndumpableAndWipedOnFork() throws IOException {
    try (SecretBuffer secret = SecretBuffer.random(32)) {
      assertThat(secret.isLocked()).isTrue();
      assertThat(vmFlags(secret.segment().address())).contains("lo", "dd", "wf");
    }
  }

  private static List<String> vmFlags(long address) throws IOException {
    boolean inside = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        String[] range = line.substring(0, line.indexOf(' ')).split("-", -1);
        inside =
            Long.compareUnsigned(address, Long.parseUnsignedLong(range[0], 16)) >= 0
                && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0;
      } else if (inside && line.startsWith("VmFlags:")) {
        return List.of(line.substring("VmFlags:".length()).trim().split(" ", -1));
      }
    }
    return List.of();
  }

  @Test
  void takeFrom_array_wipesTheArrayAndKeepsTheBytes() {
    byte[] source = {1, 2, 3};
    try (SecretBuffer secret = SecretBuffer.takeFrom(source)) {
      assertThat(source).containsOnly(0);
      assertThat(secret.segment().toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3);
    }
  }

  @Test
  void takeFrom_wrongLength_isRefusedAndStillWiped() {
    byte[] tooLong = new byte[SecretBuffer.MAX_LENGTH_BYTES + 1];
    tooLong[5] = 5;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SecretBuffer.takeFrom(tooLong))
        .withMessageContaining("16777217");
    assertThat(tooLong[5]).isZero();
    assertThatIllegalArgumentException().isThrownBy(() -> SecretBuffer.takeFrom(new byte[0]));
    assertThatIllegalArgumentException().isThrownBy(() -> SecretBuffer.allocate(-1));
  }

  @Test
  void slice_part_isACopy() {
    SecretBuffer whole = SecretBuffer.takeFrom(new byte[] {1, 2, 3, 4});
    try (SecretBuffer part = whole.slice(1, 2)) {
      whole.close();
      assertThat(part.segment().toArray(ValueLayout.JAVA_BYTE)).containsExactly(2, 3);
    }
  }

  @Test
  void slice_outside_isRefused() {
    try (SecretBuffer secret = SecretBuffer.allocate(4)) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> secret.slice(2, 3));
    }
  }

  @Test
  void equalsSecret_differentBytesOrLengths_isFalse() {
    try (SecretBuffer a = SecretBuffer.takeFrom(new byte[] {1, 2});
        SecretBuffer same = SecretBuffer.takeFrom(new byte[] {1, 2});
        SecretBuffer other = SecretBuffer.takeFrom(new byte[] {1, -2});
        SecretBuffer longer = SecretBuffer.takeFrom(new byte[] {1, 2, 0})) {
      assertThat(a.equalsSecret(same)).isTrue();
      assertThat(a.equalsSecret(other)).isFalse();
      assertThat(a.equalsSecret(longer)).isFalse();
    }
  }

  @Test
  void random_twice_differs() {
    try (SecretBuffer a = SecretBuffer.random(5000);
        SecretBuffer b = SecretBuffer.random(5000)) {
      assertThat(a.equalsSecret(b)).isFalse();
    }
  }

  @Test
  @BorrowsSecret(because = "the test is about borrowing")
  void borrow_afterUse_theArrayIsWiped() {
    try (SecretBuffer secret = SecretBuffer.takeFrom(new byte[] {9, 9})) {
      List<byte[]> borrowed = new ArrayList<>();
      String seen =
          secret.borrow(bytes -> {
            borrowed.add(bytes);
            return bytes[0] + "," + bytes[1];
          });
      assertThat(seen).isEqualTo("9,9");
      assertThat(borrowed.getFirst()).containsOnly(0);
    }
  }

  @Test
  void close_thenAnyUse_throwsIllegalState() {
    SecretBuffer secret = SecretBuffer.random(8);
    MemorySegment kept = secret.segment();
    secret.close();
    secret.close();
    assertThatIllegalStateException().isThrownBy(secret::segment);
    assertThatIllegalStateException().isThrownBy(() -> secret.slice(0, 1));
    assertThatIllegalStateException().isThrownBy(() -> kept.get(ValueLayout.JAVA_BYTE, 0));
    assertThat(secret).hasToString("SecretBuffer[8 bytes]");
    assertThat(secret.length()).isEqualTo(8);
  }

  @Test
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void close_whileNativeCodeUsesIt_waitsAndTheDerivationIsDone()
      throws InterruptedException, ExecutionException {
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      for (int round = 0; round < 20; round++) {
        SecretBuffer passphrase = SecretBuffer.random(16);
        Future<Boolean> derived = threads.submit(() -> derive(passphrase));
        passphrase.close();
        assertThat(derived.get()).isIn(true, false);
        assertThatIllegalStateException().isThrownBy(passphrase::segment);
      }
    }
  }

  /** Returns whether it was in time; anything but "closed" fails the test. */
  private static boolean derive(SecretBuffer passphrase) throws CryptoException {
    try {
      Pbkdf2.derive(HashAlgorithm.SHA512, passphrase, new byte[16], 20_000, 64).close();
      return true;
    } catch (IllegalStateException closed) {
      return false;
    }
  }

  @Test
  void close_byManyThreads_happensOnce() throws InterruptedException, ExecutionException {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int round = 0; round < 200; round++) {
        SecretBuffer secret = SecretBuffer.random(16);
        List<Future<?>> closers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          closers.add(threads.submit(secret::close));
        }
        for (Future<?> closer : closers) {
          closer.get();
        }
        assertThatIllegalStateException().isThrownBy(secret::segment);
      }
    }
  }

  @Test
  void kernelRandom_fill_touchesTheRangeOnly() {
    byte[] target = new byte[1000];
    KernelRandom.fill(target, 100, 800);
    assertThat(target).startsWith(new byte[100]).endsWith(new byte[100]);
    assertThat(KernelRandom.bytes(64)).isNotEqualTo(KernelRandom.bytes(64));
    assertThat(KernelRandom.bytes(0)).isEmpty();
  }
}
