package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksStorage;
import org.secretfs.luks.ReencryptionSetup;

/** What {@code luks reencrypt} refuses is refused before anything of the device is changed. */
class ReencryptRefusalsTest {
  private static final int OFFSET_BYTES = 2 << 20;
  private static final int DATA_BYTES = 1 << 20;

  @TempDir private Path folder = Path.of("");

  private Path key = Path.of("");
  private Path image = Path.of("");
  private byte[] before = {};

  @BeforeEach
  void makeVolume() throws Exception {
    key = LuksCli.text(folder, "key", "first");
    image = LuksCli.file(folder, "image", OFFSET_BYTES + DATA_BYTES);
    run("", "format", CHEAP, "--offset", OFFSET_BYTES / 512, image, key).done();
    before = Files.readAllBytes(image);
  }

  private LuksCli.Result reencrypt(Object... words) {
    return run("", "reencrypt", "-q", "--key-file", key, CHEAP, words, image);
  }

  private List<String> names() throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--throttle 0, 2, --throttle 0",
    "--throttle 1x, 2, must be a number",
    "--hotzone-size 100, 2, --hotzone-size 100",
    "--hotzone-size 513, 2, --hotzone-size 513",
    "--device-size 100, 2, --device-size 100",
    "--device-size 513, 4, must be a multiple",
    "--device-size 1G, 4, the device has 1048576",
    "--progress-frequency -1, 2, --progress-frequency -1",
    "--resilience journaled, 2, must be checksum",
    "--resilience-hash none, 2, no such hash",
    "--reduce-device-size 1000, 2, must be a multiple of 4096",
    "--reduce-device-size 1G, 4, too small",
    "--reduce-device-size 256k --resilience journal, 2, has datashift only",
    "--luks2-metadata-size 64k, 2, need --encrypt",
    "--offset 8192, 2, need --encrypt",
    "--sector-size 8192 --force-sector-size, 2, sector size",
    "--tries -1, 2, --tries -1",
  })
  void reencrypt_optionMakesNoSense_nothingBegins(String words, int status, String why)
      throws Exception {
    reencrypt(List.of(words.split(" "))).failed(status, why);
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource({
    "--reduce-device-size 256k --throttle 0, --throttle 0",
    "--reduce-device-size 256k --resilience journal, has datashift only",
    "--reduce-device-size 256k --keep-key, excludes --keep-key",
    "--reduce-device-size 256k --offset 512, must be at most half of",
    "--reduce-device-size 256k --offset 0, must be at most half of",
    "--reduce-device-size 256k --align-payload 2048, no multiple of 1048576",
    "--reduce-device-size 256k --luks2-metadata-size 17k, must be a power of two",
    "--reduce-device-size 256k --header header, excludes",
    "--header header --hotzone-size 1, --hotzone-size 1",
    "--header header --resilience foo, must be checksum",
    "--header header --hash none, no such hash",
  })
  void encrypt_optionMakesNoSense_nothingBegins(String words, String why) throws Exception {
    Files.write(image, new byte[OFFSET_BYTES]);
    before = Files.readAllBytes(image);
    List<String> placed =
        Stream.of(words.split(" "))
            .map(word -> word.equals("header") ? folder.resolve(word).toString() : word)
            .toList();
    reencrypt("--encrypt", placed).failed(2, why);
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    assertThat(names()).containsExactly("image", "key");
  }

  @ParameterizedTest
  @CsvSource({"--hotzone-size, 0", "--resilience, foo", "--throttle, 0"})
  void decrypt_optionMakesNoSense_noCopyOfTheHeaderIsLeft(String option, String value)
      throws Exception {
    reencrypt("--decrypt", "--header", folder.resolve("header"), option, value).failed(2, value);
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    assertThat(names()).containsExactly("image", "key");
  }

  @Test
  void decrypt_fileOfAnotherNameIsThere_isLeftAlone() throws Exception {
    Path header = folder.resolve("header");
    Path precious = LuksCli.text(folder, "header.partial", "precious");
    reencrypt("--decrypt", "--header", header).done();
    assertThat(precious).hasContent("precious");
    assertThat(names()).containsExactly("header", "header.partial", "image", "key");
  }

  @Test
  void reduceDeviceSize_notConfirmed_isRefused() throws Exception {
    run("", "reencrypt", "--key-file", key, "--reduce-device-size", "256k", image)
        .failed(2, "will be overwritten");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void deviceSize_notConfirmed_isRefused() throws Exception {
    run("", "reencrypt", "--key-file", key, "--device-size", "512k", image)
        .failed(2, "will be lost");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  /** Writes up to a bound, then fails as a device does that went away. */
  private record Failing(LuksStorage storage, AtomicInteger writesLeft) implements LuksStorage {
    @Override
    public void write(ByteBuffer source, long offsetBytes) throws IOException {
      if (writesLeft.decrementAndGet() < 0) {
        throw new IOException("gone");
      }
      storage.write(source, offsetBytes);
    }

    @Override
    public long sizeBytes() {
      return storage.sizeBytes();
    }

    @Override
    public void read(ByteBuffer target, long offsetBytes) throws IOException {
      storage.read(target, offsetBytes);
    }

    @Override
    public void sync() throws IOException {
      storage.sync();
    }

    @Override
    public Lock lock(LockMode mode) throws IOException, LuksException {
      return storage.lock(mode);
    }

    @Override
    public void close() throws IOException {
      storage.close();
    }
  }

  /** Leaves a device on which an encryption was cut off while it began. */
  private void cutOff() throws Exception {
    byte[] letters = new byte[8 << 20];
    Arrays.fill(letters, 0, 7 << 20, (byte) 'x');
    for (int writes = 1; ; writes++) {
      Files.write(image, letters);
      try (FileLuksStorage storage = FileLuksStorage.open(image);
          SecretBuffer secret = SecretBuffer.takeFrom("first".getBytes(StandardCharsets.UTF_8))) {
        Failing failing = new Failing(storage, new AtomicInteger(writes));
        FormatOptions format =
            FormatOptions.builder(new KdfParameters.Pbkdf2("sha256", 1000))
                .dataOffsetBytes(512 << 10)
                .build();
        ReencryptionSetup.encryptWithHeaderAtTheBeginning(failing, secret, format);
        throw new AssertionError("it was never cut off");
      } catch (IOException e) {
        // As told.
      }
      try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
        if (ReencryptionSetup.isCutOff(storage)) {
          before = Files.readAllBytes(image);
          return;
        }
      }
    }
  }

  @Test
  void encryptionThatWasCutOff_decryptedOrGivenAnotherHeader_isRefusedAndCanStillBeFinished()
      throws Exception {
    cutOff();
    Path header = folder.resolve("header");
    reencrypt("--decrypt", "--header", header).failed(4, "was cut off");
    reencrypt("--encrypt", "--header", header, "--init-only").failed(4, "was cut off");
    assertThat(header).doesNotExist();
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    assertThat(reencrypt("--resume-only").done().err()).contains("goes on as begun");
    assertThat(run("", "read", "--length", "1M", "--key-file", key, image).done().out())
        .isEqualTo("x".repeat(1 << 20));
  }

  @Test
  void encryptionThatWasCutOff_lookedAt_isNamedWithWhatToDo() throws Exception {
    cutOff();
    String command = "secretfs luks reencrypt --resume-only";
    assertThat(run("", "is-luks", "-v", image))
        .satisfies(result -> assertThat(result.status()).isEqualTo(1))
        .satisfies(result ->
            assertThat(result.out()).contains("was cut off while it began", command + " " + image));
    assertThat(run("", "is-luks", "--json", image).json().get("encryption_cut_off").asBoolean())
        .isTrue();
    for (String action : List.of("dump", "uuid")) {
      run("", action, image).failed(4, "was cut off while it began").failed(4, command);
    }
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }
}
