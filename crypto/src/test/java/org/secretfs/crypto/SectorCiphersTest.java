package org.secretfs.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;

class SectorCiphersTest {
  private static final JdkProvider JDK = new JdkProvider();

  @ParameterizedTest
  @ValueSource(ints = {512, 1024, 2048, 4096})
  void chosen_anySize_isAvailableAndStaysTheSame(int sectorSize) {
    SectorCipherProvider chosen = SectorCiphers.chosen(sectorSize);
    assertThat(chosen.unavailableBecause()).isEmpty();
    assertThat(SectorCiphers.chosen(sectorSize)).isSameAs(chosen);
  }

  @Test
  void measure_allProviders_givesRateOrReason() {
    List<Measurement> figures = SectorCiphers.measure(4096, Duration.ofMillis(20));
    assertThat(figures)
        .extracting(Measurement::provider)
        .containsExactly("corretto", "libcrypto", "libcrypto-ecb", "libgcrypt", "jdk");
    assertThat(figures)
        .allSatisfy(f -> {
          assertThat(f.bytesPerSecond().isPresent()).isNotEqualTo(f.unavailable().isPresent());
          assertThat(f.bytesPerSecond().orElse(1)).isPositive();
        });
  }

  @Test
  void aesXts_equalHalves_opens() {
    SectorCiphers.chosen(512);
    try (SecretBuffer key = SecretBuffer.takeFrom(new byte[64]);
        SectorCipher cipher = SectorCiphers.aesXts(key, 512);
        SectorCipher reference = JDK.aesXts(key, 512)) {
      assertThat(encrypted(cipher, 512)).isEqualTo(encrypted(reference, 512));
    }
  }

  @Test
  void aesXts_wrongSizes_areRefused() {
    try (SecretBuffer key = XtsKey.random(64);
        SecretBuffer odd = SecretBuffer.random(33)) {
      assertThatIllegalArgumentException().isThrownBy(() -> SectorCiphers.aesXts(key, 520));
      assertThatIllegalArgumentException().isThrownBy(() -> SectorCiphers.aesXts(odd, 512));
      assertThatIllegalArgumentException().isThrownBy(() -> SectorCiphers.chosen(100));
    }
  }

  @Test
  void adaptive_fewBytes_neverMeasures() {
    ProviderChoice choice = new ProviderChoice(SectorCiphers.providers(), 1 << 20);
    try (SecretBuffer key = XtsKey.random(64);
        SectorCipher cipher = new AdaptiveCipher(choice, JDK, key, 512)) {
      assertThat(encrypted(cipher, (1 << 20) - 512)).isNotEmpty();
      assertThat(choice.isStarted(512)).isFalse();
      encrypted(cipher, 512);
      assertThat(choice.isStarted(512)).isTrue();
      choice.ranking(512);
    }
  }

  @Test
  void adaptive_choiceKnown_goesOverAndEncryptsTheSame() {
    ProviderChoice choice = new ProviderChoice(List.of(new OtherJdk()), 1 << 20);
    try (SecretBuffer key = XtsKey.random(64);
        SectorCipher reference = JDK.aesXts(key, 512);
        SectorCipher cipher = new AdaptiveCipher(choice, JDK, key, 512)) {
      choice.ranking(512);
      assertThat(cipher.provider()).isEqualTo("jdk");
      assertThat(encrypted(cipher, 1 << 20)).isEqualTo(encrypted(reference, 1 << 20));
      assertThat(cipher.provider()).isEqualTo("other");
      assertThat(encrypted(cipher, 1 << 20)).isEqualTo(encrypted(reference, 1 << 20));
    }
  }

  @Test
  void adaptive_goingOverUnderLoad_losesNoRequest()
      throws InterruptedException, ExecutionException {
    for (int round = 0; round < 20; round++) {
      ProviderChoice choice = new ProviderChoice(List.of(new OtherJdk()), 1 << 20);
      try (SecretBuffer key = XtsKey.random(64);
          SectorCipher reference = JDK.aesXts(key, 512);
          SectorCipher cipher = new AdaptiveCipher(choice, JDK, key, 512);
          ExecutorService threads = Executors.newFixedThreadPool(4)) {
        choice.ranking(512);
        byte[] expected = encrypted(reference, 65536);
        CountDownLatch start = new CountDownLatch(1);
        List<Future<?>> users =
            List.of(
                threads.submit(() -> encryptMuch(cipher, expected, start)),
                threads.submit(() -> encryptMuch(cipher, expected, start)),
                threads.submit(() -> encryptMuch(cipher, expected, start)));
        start.countDown();
        for (Future<?> user : users) {
          user.get();
        }
        assertThat(cipher.provider()).isEqualTo("other");
      }
    }
  }

  private static boolean encryptMuch(SectorCipher cipher, byte[] expected, CountDownLatch start)
      throws InterruptedException {
    start.await();
    for (int i = 0; i < 24; i++) {
      assertThat(encrypted(cipher, 65536)).isEqualTo(expected);
    }
    return true;
  }

  @Test
  void adaptive_closed_throwsIllegalState() {
    ProviderChoice choice = new ProviderChoice(List.of(JDK), 1 << 20);
    try (SecretBuffer key = XtsKey.random(64)) {
      SectorCipher cipher = new AdaptiveCipher(choice, JDK, key, 512);
      cipher.close();
      cipher.close();
      assertThatThrownBy(() -> encrypted(cipher, 512)).isInstanceOf(IllegalStateException.class);
    }
  }

  private static byte[] encrypted(SectorCipher cipher, int length) {
    byte[] data = new byte[length];
    cipher.encrypt(data, 0, length, 1);
    return data;
  }

  /** The same cipher under another name. */
  private static final class OtherJdk extends XtsProvider {
    @Override
    public String name() {
      return "other";
    }

    @Override
    public Optional<String> unavailableBecause() {
      return Optional.empty();
    }

    @Override
    SectorContext newContext(SecretBuffer key) {
      return new JdkXts(key);
    }
  }
}
