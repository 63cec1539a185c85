package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.cryptsetupOpens;
import static org.secretfs.cli.luks.LuksCli.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.Reencryption;

/** Each option of {@code luks reencrypt}, by what it does to a small volume. */
class ReencryptOptionsTest {
  private static final int OFFSET_BYTES = 2 << 20;
  private static final int DATA_BYTES = 2 << 20;

  @TempDir private Path folder = Path.of("");

  private Path key = Path.of("");
  private Path image = Path.of("");
  private String letters = "";

  @BeforeEach
  void makeVolume() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < DATA_BYTES; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    letters = text.toString();
    key = LuksCli.text(folder, "key", "first");
    image = LuksCli.file(folder, "image", OFFSET_BYTES + DATA_BYTES);
    run("", "format", CHEAP, "--offset", OFFSET_BYTES / 512, image, key).done();
    run(letters, "write", "--key-file", key, image).done();
  }

  private LuksCli.Result reencrypt(Object... words) {
    return run("", "reencrypt", "--key-file", key, words, image);
  }

  private JsonNode header() throws Exception {
    return run("", "dump", "--dump-json-metadata", image).done().json();
  }

  private void requireAllData() {
    assertThat(run("", "read", "--key-file", key, image).done().out().equals(letters)).isTrue();
  }

  private Reencryption.Status status() throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
      return Reencryption.status(storage).orElseThrow();
    }
  }

  private byte[] sectors() throws Exception {
    return Arrays.copyOfRange(Files.readAllBytes(image), OFFSET_BYTES, OFFSET_BYTES + DATA_BYTES);
  }

  /**
   * A block of which half is new would pass for new, so it is no larger than what is written whole.
   */
  @Test
  void checksums_deviceThatWrites512BytesAtOnce_areOverSoMany() throws Exception {
    Assumptions.assumeTrue(
        Files.isWritable(Path.of("/dev/loop-control")), "needs root and /dev/loop-control");
    image = LuksCli.file(folder, "small sectors", OFFSET_BYTES + DATA_BYTES);
    List<Object> small = List.of("--sector-size", "512", "--offset", OFFSET_BYTES / 512);
    run("", "format", CHEAP, small, image, key).done();
    run(letters, "write", "--key-file", key, image).done();
    String device = LuksCli.tool("", "losetup", "--find", "--show", image).done().out().strip();
    try {
      run("", "reencrypt", "--key-file", key, "--sector-size", "4096", device)
          .failed(2, "--force-sector-size");
      run("", "reencrypt", "--init-only", "--key-file", key, device).done();
    } finally {
      LuksCli.tool("", "losetup", "--detach", device).done();
    }
    JsonNode slot = header().get("keyslots").findParent("direction");
    assertThat(slot.get("area").get("type").asText()).isEqualTo("checksum");
    assertThat(slot.get("area").get("sector_size").asInt()).isEqualTo(512);
    run("", "reencrypt", "--resume-only", "--key-file", key, image).done();
    requireAllData();
  }

  @Test
  void cipher_twofish_dataIsUnderTwofish() throws Exception {
    reencrypt("--cipher", "twofish-xts-plain64", "--use-random", "--force-offline-reencrypt")
        .done();
    assertThat(header().at("/segments/0/encryption").asText()).isEqualTo("twofish-xts-plain64");
    requireAllData();
  }

  @Test
  void keySize_256_volumeKeyIsShorter() throws Exception {
    reencrypt("--key-size", "256").done();
    assertThat(
            run("", "open", "--json", "--test-passphrase", "--key-file", key, image)
                .json()
                .get("key_size")
                .asInt())
        .isEqualTo(256);
    assertThat(cryptsetupOpens(image, "first")).isTrue();
    requireAllData();
  }

  @Test
  void sectorSize_512_dataIsInSmallerSectors() throws Exception {
    reencrypt("--sector-size", "512").done();
    assertThat(header().at("/segments/0/sector_size").asInt()).isEqualTo(512);
    requireAllData();
  }

  @Test
  void keepKey_otherSectorSize_keepsTheVolumeKey() throws Exception {
    String digest = header().at("/digests/0/digest").asText();
    reencrypt("--keep-key", "--sector-size", "1024").done();
    assertThat(header().at("/digests/0/digest").asText()).isEqualTo(digest);
    assertThat(header().at("/segments/0/sector_size").asInt()).isEqualTo(1024);
    requireAllData();
  }

  private Path volumeKey(int bytes) throws Exception {
    byte[] content = new byte[bytes];
    new java.util.Random(9).nextBytes(content);
    return Files.write(folder.resolve("volume-key"), content);
  }

  private void requireVolumeKey(Path expected, Object... device) throws Exception {
    Path dumped = folder.resolve("dumped");
    run("", "dump", "-q", "--dump-volume-key", "--volume-key-file", dumped, "-d", key, device)
        .done();
    assertThat(dumped).hasSameBinaryContentAs(expected);
  }

  @Test
  void volumeKeyFile_ofAVolume_isItsNewKey() throws Exception {
    Path volumeKey = volumeKey(64);
    reencrypt("--volume-key-file", volumeKey).done();
    requireVolumeKey(volumeKey, image);
    assertThat(cryptsetupOpens(image, "first")).isTrue();
    requireAllData();
  }

  @Test
  void volumeKeyFile_withEncrypt_isTheKey() throws Exception {
    Path volumeKey = volumeKey(32);
    Path plain = LuksCli.file(folder, "plain", DATA_BYTES);
    Path header = folder.resolve("header");
    Object[] place = {"--header", header, plain};
    run("", "reencrypt", "--encrypt", "-q", CHEAP, "-d", key, "--volume-key-file", volumeKey, place)
        .done();
    requireVolumeKey(volumeKey, place);
  }

  @Test
  void labelSubsystemUuidHash_withEncrypt_areTheVolumes() throws Exception {
    Path plain = LuksCli.file(folder, "plain", DATA_BYTES);
    Path header = folder.resolve("header");
    String uuid = "6b1a6b9c-3c1c-4f0e-9b36-0d1b52d0b3a1";
    Object[] names = {"--label", "l", "--subsystem", "s", "--uuid", uuid, "--hash", "sha512"};
    run("", "reencrypt", "--encrypt", "-q", CHEAP, names, "-d", key, "--header", header, plain)
        .done();
    assertThat(LuksCli.cryptsetup("", "luksDump", header).done().out())
        .contains("Label:         \tl", "Subsystem:     \ts", uuid, "sha512");
  }

  @Test
  void volumeKeyFile_whereNoKeyIsNew_isRefused() throws Exception {
    Path volumeKey = volumeKey(64);
    reencrypt("--volume-key-file", volumeKey, "--keep-key", "--sector-size", "512")
        .failed(2, "--volume-key-file names a new key");
    reencrypt("--volume-key-file", volumeKey, "--key-size", "256").failed(4, "512 bits, not 256");
    requireAllData();
  }

  @Test
  void encrypt_sizesThatDoNotFit_leavesNoHeaderFile() throws Exception {
    Path plain = LuksCli.file(folder, "plain", DATA_BYTES + 1);
    Path header = folder.resolve("header");
    run("", "reencrypt", "--encrypt", "-q", CHEAP, "-d", key, "--header", header, plain)
        .failed(4, "must be a multiple");
    assertThat(header).doesNotExist();
  }

  @Test
  void keepKey_nothingElse_isRefusedAndNothingChanges() throws Exception {
    byte[] before = Files.readAllBytes(image);
    reencrypt("--keep-key").failed(4, "neither key nor cipher nor sector size");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void keySlot_oneOfTwo_destroysTheOther() throws Exception {
    Path second = LuksCli.text(folder, "second", "second");
    run("", "add-key", CHEAP, "--key-file", key, image, second).done();
    reencrypt().failed(2, "would be destroyed (1)");
    reencrypt("--key-slot", "0").done();
    assertThat(header().get("keyslots")).hasSize(1);
    requireAllData();
  }

  @Test
  void otherKeyFile_ofTheSecondKeyslot_keepsBoth() throws Exception {
    Path second = LuksCli.text(folder, "second", "second");
    run("", "add-key", CHEAP, "--key-file", key, image, second).done();
    reencrypt("--other-key-file", second).done();
    run("", "open", "--test-passphrase", "--key-file", second, image).done();
    requireAllData();
  }

  @Test
  void deviceSize_half_leavesTheOtherHalfAsItWas() throws Exception {
    byte[] before = sectors();
    reencrypt("-q", "--device-size", "1MiB").done();
    byte[] after = sectors();
    assertThat(Arrays.mismatch(after, before)).isZero();
    assertThat(Arrays.copyOfRange(after, 1 << 20, DATA_BYTES))
        .isEqualTo(Arrays.copyOfRange(before, 1 << 20, DATA_BYTES));
    assertThat(run("", "read", "--length", 1 << 20, "--key-file", key, image).done().out())
        .isEqualTo(letters.substring(0, 1 << 20));
  }

  @Test
  void initOnly_thenResumeOnly_movesDataInTheSecondRunOnly() throws Exception {
    byte[] before = sectors();
    reencrypt("--init-only").done();
    assertThat(status().untouched()).isTrue();
    assertThat(sectors()).isEqualTo(before);
    reencrypt("--init-only").failed(4, "began before");
    reencrypt("--resume-only").done();
    assertThat(sectors()).isNotEqualTo(before);
    requireAllData();
  }

  @Test
  void resumeOnly_nothingBegun_isRefused() {
    reencrypt("--resume-only").failed(4, "not in re-encryption");
    reencrypt("--resume-only", "--init-only").failed(2, "excludes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"checksum", "journal", "none"})
  void resilience_each_isInTheHeader(String resilience) throws Exception {
    reencrypt("--init-only", "--resilience", resilience).done();
    assertThat(status().resilience()).isEqualTo(resilience);
    reencrypt("--resume-only").done();
    requireAllData();
  }

  @Test
  void resilience_unknown_isWrongUsage() {
    reencrypt("--resilience", "hope").failed(2, "checksum, journal or none");
    reencrypt("--resilience-hash", "crc32").failed(2, "no such hash is known");
  }

  @Test
  void resilienceHash_sha512_isInTheHeader() throws Exception {
    reencrypt("--init-only", "--resilience-hash", "sha512").done();
    assertThat(LuksCli.cryptsetup("", "luksDump", image).done().out()).contains("sha512");
    reencrypt("--resume-only").done();
    requireAllData();
  }

  private List<JsonNode> progress(Object... words) throws Exception {
    List<JsonNode> lines = new ArrayList<>();
    ObjectMapper mapper = new ObjectMapper();
    String out = reencrypt("--progress-json", "--progress-frequency", "0", words).done().out();
    for (String line : out.lines().toList()) {
      lines.add(mapper.readTree(line));
    }
    return lines;
  }

  @Test
  void progressJson_everyPart_hasTheFieldsOfCryptsetup() throws Exception {
    List<JsonNode> lines = progress("--hotzone-size", "512KiB");
    assertThat(lines).hasSize(4);
    JsonNode last = lines.getLast();
    assertThat(last.propertyStream().map(java.util.Map.Entry::getKey))
        .containsExactly("device", "device_bytes", "device_size", "speed", "eta_ms", "time_ms");
    assertThat(last.get("device").asText()).isEqualTo(image.toString());
    assertThat(last.get("device_bytes").asText()).isEqualTo("" + DATA_BYTES);
    assertThat(last.get("device_size").asText()).isEqualTo("" + DATA_BYTES);
    assertThat(last.get("eta_ms").asText()).isEqualTo("0");
  }

  @Test
  void hotzoneSize_256KiB_boundsEachPart() throws Exception {
    List<Long> done =
        progress("--hotzone-size", "256KiB").stream()
            .map(line -> line.get("device_bytes").asLong())
            .toList();
    assertThat(done).hasSize(8).isSorted();
    assertThat(done.getFirst()).isEqualTo(256 << 10);
  }

  @Test
  void progressFrequency_zero_printsALineForEachPart() {
    String notes = reencrypt("--progress-frequency", "0", "--hotzone-size", "1MiB").done().err();
    assertThat(notes.lines().filter(line -> line.startsWith("Progress:"))).hasSize(1);
    assertThat(notes).contains("ETA").contains("Finished, time").contains("2 MiB written");
  }

  /** A lower bound: what is throttled may take longer, but never less. */
  @Test
  void throttle_4MiBPerSecond_takesAtLeastAsLong() throws Exception {
    List<JsonNode> lines = progress("--throttle", "4MiB", "--hotzone-size", "256KiB");
    assertThat(lines.getLast().get("time_ms").asLong()).isGreaterThanOrEqualTo(400);
    requireAllData();
  }

  @Test
  void reduceDeviceSize_encrypt_makesAVolumeOfWhatWasThere() throws Exception {
    Path plain = Files.writeString(folder.resolve("plain"), letters + "\0".repeat(6 << 20));
    run(
            "",
            "reencrypt",
            "-q",
            "--encrypt",
            CHEAP,
            "--reduce-device-size",
            "4MiB",
            "--key-file",
            key,
            plain)
        .done();
    assertThat(cryptsetupOpens(plain, "first")).isTrue();
    String read = run("", "read", "--length", DATA_BYTES, "--key-file", key, plain).done().out();
    assertThat(read.equals(letters)).isTrue();
  }

  @Test
  void encrypt_headerApart_makesAVolumeOfWhatWasThere() throws Exception {
    Path plain = Files.writeString(folder.resolve("plain"), letters);
    Path header = folder.resolve("header");
    run("", "reencrypt", "-q", "--encrypt", CHEAP, "--header", header, "--key-file", key, plain)
        .done();
    assertThat(cryptsetupOpens(plain, "first", "--header", header)).isTrue();
    String read = run("", "read", "--header", header, "--key-file", key, plain).done().out();
    assertThat(read.equals(letters)).isTrue();
  }

  @Test
  void read_inTheMiddleOfAReencryption_isRefusedAndNamesTheCommandThatFinishesIt() {
    reencrypt("--init-only").done();
    run("", "read", "--key-file", key, image).failed(4, "reencrypt --resume-only");
  }

  @Test
  void headerRestore_inTheMiddleOfAReencryption_isRefusedAndNothingChanges() throws Exception {
    Path backup = folder.resolve("backup");
    run("", "header-backup", "--header-backup-file", backup, image).done();
    reencrypt("--init-only").done();
    byte[] before = Files.readAllBytes(image);
    for (List<String> force : List.of(List.<String>of(), List.of("--force"))) {
      run("", "header-restore", force, "-q", "--header-backup-file", backup, image)
          .failed(4, "in the middle of a re-encryption");
    }
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void headerRestore_backupTakenInTheMiddleOfAReencryption_isRefused() throws Exception {
    reencrypt("--init-only").done();
    Path backup = folder.resolve("backup");
    Files.write(backup, Arrays.copyOf(Files.readAllBytes(image), OFFSET_BYTES));
    reencrypt("--resume-only").done();
    byte[] before = Files.readAllBytes(image);
    run("", "header-restore", "-q", "--header-backup-file", backup, image)
        .failed(4, "taken in the middle of a re-encryption");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }
}
