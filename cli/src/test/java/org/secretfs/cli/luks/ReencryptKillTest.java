package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.cryptsetupOpens;
import static org.secretfs.cli.luks.LuksCli.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.Reencryption;

/**
 * The real processes, ours and cryptsetup's, killed by SIGKILL at random moments while they
 * re-encrypt one small volume, over and over, and resumed by either; all data is compared.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReencryptKillTest {
  private static final int DATA_BYTES = 6 << 20;
  private static final int HEADER_SECTORS = 4096;
  private static final List<String> SMALL_PARTS = List.of("--hotzone-size", "131072");
  private static final List<String> OFFLINE =
      List.of("--force-offline-reencrypt", "--disable-locks");

  private final String letters = letters();
  private Path folder;
  private Path key;
  private Path template;

  /** Whose process is killed, or finishes what was left. */
  enum Program {
    OURS,
    CRYPTSETUP
  }

  private static String letters() {
    SplittableRandom random = new SplittableRandom(3);
    StringBuilder text = new StringBuilder(DATA_BYTES);
    for (int i = 0; i < DATA_BYTES; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  @BeforeAll
  void makeTemplate(@TempDir Path shared) throws Exception {
    folder = shared;
    LuksCli.requireCryptsetup();
    key = LuksCli.text(folder, "key", "first");
    template = LuksCli.file(folder, "template", (HEADER_SECTORS * 512L) + DATA_BYTES);
    run("first\n", "format", CHEAP, "--offset", HEADER_SECTORS, template).done();
    run(letters, "write", "--key-file", key, template).done();
  }

  private Process start(Program program, Path image) throws Exception {
    List<String> common = List.of("--key-file", key.toString());
    return program == Program.OURS
        ? LuksCli.start(
            "reencrypt",
            common,
            SMALL_PARTS,
            "--progress-json",
            List.of("--progress-frequency", "0"),
            image)
        : LuksCli.startTool(
            "cryptsetup", "-q", common, OFFLINE, SMALL_PARTS, "reencrypt", "--resume-only", image);
  }

  private static Optional<Reencryption.Status> status(Path image) throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
      return Reencryption.status(storage);
    }
  }

  private void begin(Path image, SplittableRandom random) {
    begin(
        image,
        random.nextBoolean() ? "checksum" : "journal",
        random.nextBoolean() ? "512" : "4096");
  }

  private void begin(Path image, String resilience, String sectorSize) {
    run(
            "",
            "reencrypt",
            "--init-only",
            "--key-file",
            key,
            "--resilience",
            resilience,
            "--sector-size",
            sectorSize,
            image)
        .done();
  }

  /** Kills the process at a moment within the second after it began its work. */
  private static void kill(Process process, Program program, SplittableRandom random)
      throws Exception {
    if (program == Program.OURS) {
      int _ = process.getInputStream().read();
    }
    Thread.sleep(random.nextInt(800));
    process.destroyForcibly().waitFor();
  }

  private void finish(Program program, Path image) throws Exception {
    if (program == Program.OURS) {
      run("", "reencrypt", "--resume-only", "--key-file", key, image).done();
      return;
    }
    List<String> quiet = List.of("-q", "--disable-locks", "--key-file", key.toString());
    if (status(image).orElseThrow().interrupted()) {
      // Offline, cryptsetup asks for this first.
      LuksCli.cryptsetup("", quiet, "repair", image).done();
      if (status(image).isEmpty()) {
        // The part that it mended was the last one.
        return;
      }
    }
    LuksCli.cryptsetup("", quiet, OFFLINE.getFirst(), "reencrypt", "--resume-only", image).done();
  }

  private void requireAllData(Path image) throws Exception {
    assertThat(status(image)).isEmpty();
    assertThat(run("", "read", "--key-file", key, image).done().out().equals(letters)).isTrue();
    assertThat(cryptsetupOpens(image, "first")).isTrue();
  }

  /**
   * Kills until so many kills were made, and for up to six times as many until one of them hits a
   * part half rewritten; returns how many did.
   */
  private int killAndResume(Program killed, Program finishing, int kills, int most, long seed)
      throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    Path image = folder.resolve("image");
    int halves = 0;
    int done = 0;
    while (done < kills || (halves == 0 && done < most)) {
      Files.copy(template, image, StandardCopyOption.REPLACE_EXISTING);
      begin(image, random);
      for (int left = random.nextInt(1, 4); left > 0 && done < most; left--, done++) {
        kill(start(killed, image), killed, random);
        Optional<Reencryption.Status> found = status(image);
        if (found.isEmpty()) {
          break;
        }
        halves += found.get().interrupted() ? 1 : 0;
      }
      if (status(image).isPresent()) {
        finish(finishing, image);
      }
      requireAllData(image);
      Files.delete(image);
    }
    return halves;
  }

  @ParameterizedTest
  @CsvSource({"OURS, OURS", "OURS, CRYPTSETUP", "CRYPTSETUP, OURS"})
  void reencrypt_killedTwice_losesNothing(Program killed, Program finishing) throws Exception {
    assertThat(killAndResume(killed, finishing, 2, 2, 11)).isBetween(0, 2);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({"OURS, OURS, 15", "OURS, CRYPTSETUP, 15", "CRYPTSETUP, OURS, 25"})
  void reencrypt_killedManyTimes_losesNothingThoughPartsWereHalfRewritten(
      Program killed, Program finishing, int kills) throws Exception {
    assertThat(killAndResume(killed, finishing, kills, 6 * kills, 12)).isPositive();
  }

  /**
   * Returns how often cryptsetup writes while it re-encrypts the image; killed at one if told so.
   */
  private long writesOfCryptsetup(Path image, OptionalLong killAt) throws Exception {
    Path log = folder.resolve("writes");
    List<String> injection =
        killAt.isEmpty()
            ? List.of()
            : List.of("-e", "inject=write:signal=KILL:when=" + killAt.getAsLong());
    LuksCli.Result result =
        LuksCli.tool(
            "",
            List.of("strace", "-f", "-e", "trace=write", "-o", log.toString()),
            injection,
            List.of("cryptsetup", "-q", "--key-file", key.toString()),
            OFFLINE,
            List.of("--hotzone-size", "2M", "reencrypt", "--resume-only", image.toString()));
    assertThat(result.status() == 0).as(result.toString()).isEqualTo(killAt.isEmpty());
    try (Stream<String> lines = Files.lines(log)) {
      return lines.filter(line -> line.contains("write(")).count();
    }
  }

  private void killAtEachWrite(String resilience, long mostFromTheEnd) throws Exception {
    LuksCli.requireTracing();
    Path begun = folder.resolve("begun");
    Path image = folder.resolve("image");
    Files.copy(template, begun, StandardCopyOption.REPLACE_EXISTING);
    begin(begun, resilience, "512");
    Files.copy(begun, image, StandardCopyOption.REPLACE_EXISTING);
    long writes = writesOfCryptsetup(image, OptionalLong.empty());
    requireAllData(image);
    assertThat(writes).isGreaterThan(20);
    for (long write = Math.max(1, writes - mostFromTheEnd + 1); write <= writes; write++) {
      Files.copy(begun, image, StandardCopyOption.REPLACE_EXISTING);
      assertThat(writesOfCryptsetup(image, OptionalLong.of(write))).isEqualTo(write);
      if (status(image).isPresent()) {
        finish(Program.OURS, image);
      }
      requireAllData(image);
    }
  }

  /** Its last writes take the old keyslots out, and then cryptsetup itself cannot go on. */
  @Test
  void reencrypt_cryptsetupKilledAtEachOfItsLastWrites_isFinishedByOurs() throws Exception {
    killAtEachWrite("checksum", 20);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(strings = {"checksum", "journal"})
  void reencrypt_cryptsetupKilledAtEachOfItsWrites_isFinishedByOurs(String resilience)
      throws Exception {
    killAtEachWrite(resilience, Integer.MAX_VALUE);
  }

  /** The whole command, its beginning included: what it left is resumed, or begun again. */
  @Tag("long")
  @Test
  void reencrypt_killedFromItsFirstMomentOn_losesNothing() throws Exception {
    SplittableRandom random = new SplittableRandom(13);
    for (int kill = 0; kill < 12; kill++) {
      Path image = folder.resolve("image");
      Files.copy(template, image, StandardCopyOption.REPLACE_EXISTING);
      Process process = start(Program.OURS, image);
      Thread.sleep(random.nextInt(300, 2500));
      process.destroyForcibly().waitFor();
      run("", "reencrypt", "--key-file", key, image).done();
      requireAllData(image);
    }
  }
}
