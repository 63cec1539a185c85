package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.ReencryptOptions.Protection;

/**
 * Re-encryptions that one program begins and the other finishes, against the real cryptsetup on
 * plain files. Data is compared each time.
 */
class ReencryptInteropTest {
  private static final int HEADER_BYTES = 2 << 20;
  private static final int DATA_BYTES = 4 << 20;
  private static final long ZONE_BYTES = 256 << 10;
  private static final String OFFLINE = "--force-offline-reencrypt --disable-locks";

  @TempDir Path folder;
  private Path image;
  private Path keyFile;
  private final byte[] plain = PlainData.random(DATA_BYTES, 1);

  @BeforeEach
  void makeFiles() throws IOException {
    Tools.require("cryptsetup");
    image = folder.resolve("image");
    keyFile = folder.resolve("key");
    Files.writeString(keyFile, "right");
    Files.write(image, new byte[HEADER_BYTES + DATA_BYTES]);
  }

  private String cryptsetup(String options, Path... targets) throws Exception {
    List<Object> command = new ArrayList<>();
    command.addAll(List.of("cryptsetup", "-q", "--key-file", keyFile));
    command.addAll(Stream.of(options.split(" ", -1)).filter(word -> !word.isEmpty()).toList());
    command.addAll(List.of(targets));
    return Tools.runWithInput("", command.toArray());
  }

  private void cryptsetupFormat(int sectorSize) throws Exception {
    cryptsetup(
        "luksFormat --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --offset %d --sector-size %d"
            .formatted(HEADER_BYTES / 512, sectorSize),
        image);
    try (LuksStorage storage = FileLuksStorage.open(image)) {
      PlainData.write(storage, storage, "right", plain);
    }
  }

  private byte[] plaintext() throws Exception {
    try (LuksStorage storage = FileLuksStorage.open(image)) {
      return PlainData.read(storage, storage, "right");
    }
  }

  /** Runs ours until that many zones are done; returns whether the end was reached. */
  private boolean resume(LuksStorage header, LuksStorage data, int zones) throws Exception {
    try (SecretBuffer secret = TestVolumes.passphrase("right");
        Reencryption volume = Reencryption.open(header, data, List.of(secret))) {
      int[] left = {zones};
      return volume.run(run(), HotzoneGate.NONE, (_, _) -> left[0]-- > 0);
    }
  }

  private static ReencryptRun run() {
    return new ReencryptRun(
        OptionalLong.of(ZONE_BYTES), OptionalLong.empty(), OptionalLong.empty(), 2);
  }

  private void begin(ReencryptOptions options) throws Exception {
    try (LuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer secret = TestVolumes.passphrase("right")) {
      ReencryptionSetup.reencrypt(storage, storage, List.of(secret), options);
    }
  }

  @ParameterizedTest
  @CsvSource({"CHECKSUM,512,4096", "JOURNAL,4096,512", "NONE,512,512", "CHECKSUM,4096,4096"})
  void run_begunByUs_isFinishedByUsAndAcceptedByCryptsetup(
      Protection protection, int before, int after) throws Exception {
    cryptsetupFormat(before);
    begin(ReencryptOptions.defaults().withProtection(protection).withSectorSize(after));
    try (LuksStorage storage = FileLuksStorage.open(image)) {
      assertThat(resume(storage, storage, Integer.MAX_VALUE)).isTrue();
      assertThat(Luks2Volume.read(storage).segment().sectorSize()).isEqualTo(after);
    }
    assertThat(plaintext()).isEqualTo(plain);
    cryptsetup("open --test-passphrase", image);
    assertThat(cryptsetup("luksDump", image)).contains("sector: " + after);
  }

  @ParameterizedTest
  @CsvSource({"CHECKSUM,512,4096", "JOURNAL,512,512", "NONE,4096,512", "CHECKSUM,4096,4096"})
  void run_begunByUsAndStopped_isFinishedByCryptsetup(Protection protection, int before, int after)
      throws Exception {
    cryptsetupFormat(before);
    begin(ReencryptOptions.defaults().withProtection(protection).withSectorSize(after));
    try (LuksStorage storage = FileLuksStorage.open(image)) {
      assertThat(resume(storage, storage, 5)).isFalse();
      assertThat(PlainData.readParts(storage, storage, "right")).isEqualTo(plain);
    }
    cryptsetup("reencrypt --resume-only " + OFFLINE, image);
    assertThat(plaintext()).isEqualTo(plain);
  }

  @ParameterizedTest
  @CsvSource({
    "checksum --resilience-hash sha512,512,4096",
    "journal,512,512",
    "none,4096,512",
    "checksum,4096,4096"
  })
  void run_initialisedByCryptsetup_isFinishedByUs(String resilience, int before, int after)
      throws Exception {
    cryptsetupFormat(before);
    cryptsetup(
        "reencrypt --init-only --resilience %s --sector-size %d %s"
            .formatted(resilience, after, OFFLINE),
        image);
    try (LuksStorage storage = FileLuksStorage.open(image)) {
      assertThat(Reencryption.status(storage)).isPresent();
      assertThat(resume(storage, storage, Integer.MAX_VALUE)).isTrue();
    }
    assertThat(plaintext()).isEqualTo(plain);
    cryptsetup("open --test-passphrase", image);
  }
}
