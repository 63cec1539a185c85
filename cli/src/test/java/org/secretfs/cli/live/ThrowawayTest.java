package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.secretfs.agent.Step;
import org.secretfs.block.BlockDeviceStorage;
import org.secretfs.block.FaultyBlockDevice;
import org.secretfs.cli.quickstart.ByteSearch;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksProbe;

/** A volume whose key is kept nowhere, made anew at each boot. */
class ThrowawayTest extends LocalVolumeTest {
  private static final String THROWAWAY = "{throwaway: {}}";
  private static final String TEXT = "what must not outlive the boot ".repeat(100);

  private static final List<Step> STEPS =
      List.of(
          Step.INSPECT,
          Step.CREATE_KEY,
          Step.FORMAT,
          Step.CHECK_MANIFEST,
          Step.UNLOCK,
          Step.DROP_KEYSLOT,
          Step.ATTACH,
          Step.MAKE_FILE_SYSTEM,
          Step.RECORD_FILE_SYSTEM,
          Step.RECORD,
          Step.MOUNT);

  private void upAndWrite() throws Exception {
    mustSucceed("up");
    write(TEXT);
  }

  @Test
  void up_newVolume_leavesNoKeyslotAndNoPlaintextBehind() throws Exception {
    configure(THROWAWAY);
    upAndWrite();
    assertThat(file()).hasContent(TEXT);
    JsonNode header = header();
    assertThat(header.get("keyslots")).isEmpty();
    assertThat(header.get("tokens").get("0").get("key_source").get("kind").asText())
        .isEqualTo("throwaway");
    assertThat(header.get("tokens")).hasSize(1);
    byte[] needle = TEXT.substring(0, 31).getBytes(StandardCharsets.UTF_8);
    assertThat(ByteSearch.contains(backing(), needle)).isFalse();
  }

  /** The keyslots area is where a wrapped volume key would lie: no byte of it may be left. */
  @Tag("long")
  @Test
  void up_newVolume_keyslotAreaHoldsNothingOfTheDestroyedKeyslot() throws Exception {
    configure(THROWAWAY);
    killAt("up", "before", Step.DROP_KEYSLOT);
    byte[] keyslot = Arrays.copyOfRange(Files.readAllBytes(backing()), 32 << 10, 33 << 10);
    assertThat(header().get("keyslots")).hasSize(1);
    mustSucceed("up");
    byte[] after = Files.readAllBytes(backing());
    assertThat(LabTest.contains(Arrays.copyOf(after, 16 << 20), keyslot)).isFalse();
  }

  @Test
  void up_afterDown_makesAnotherVolumeInWhichNothingIsFound() throws Exception {
    configure(THROWAWAY);
    upAndWrite();
    String uuid = status().get("uuid").asText();
    mustSucceed("up");
    assertThat(file()).hasContent(TEXT);
    mustSucceed("down");
    assertThat(status().get("state").asText()).isEqualTo("absent");
    mustSucceed("up");
    assertThat(file()).doesNotExist();
    assertThat(status().get("uuid").asText()).isNotEqualTo(uuid);
    assertThat(header().get("keyslots")).isEmpty();
  }

  @Tag("long")
  @Test
  void up_volumeKeyOfTheLastBoot_opensNothingOfTheNext() throws Exception {
    configure(THROWAWAY);
    upAndWrite();
    Path before = Files.copy(backing(), directory.resolve("before.img"));
    mustSucceed("down");
    mustSucceed("up");
    String digest = header().get("digests").get("0").get("digest").asText();
    assertThat(Lab.tool("cryptsetup", "luksDump", "--dump-json-metadata", before.toString()))
        .doesNotContain(digest);
  }

  @Tag("long")
  @Test
  void up_serverDied_isMadeAnew() throws Exception {
    configure(THROWAWAY);
    upAndWrite();
    try (var files = Files.walk(directory.resolve("run"), 3)) {
      Path pid =
          files.filter(f -> f.getFileName().toString().endsWith(".pid")).findFirst().orElseThrow();
      ProcessHandle server =
          ProcessHandle.of(Long.parseLong(Files.readString(pid).strip().replaceAll("\\s.*", "")))
              .orElseThrow();
      server.destroyForcibly();
      server.onExit().get(30, java.util.concurrent.TimeUnit.SECONDS);
    }
    mustSucceed("up");
    assertThat(file()).doesNotExist();
  }

  @Tag("long")
  @Test
  void up_twofish_isWhatTheHeaderSays() throws Exception {
    configure(THROWAWAY, "    cipher: twofish-xts-plain64");
    upAndWrite();
    assertThat(status().get("cipher").asText()).isEqualTo("twofish-xts-plain64");
    assertThat(Lab.tool("cryptsetup", "luksDump", backing().toString()))
        .contains("twofish-xts-plain64");
  }

  @Test
  void up_keptVolumeOnTheDevice_isNeverFormattedOver() throws Exception {
    configure("{key_file: key}");
    upAndWrite();
    mustSucceed("down");
    configure(THROWAWAY);
    mustFail(4, "no throw-away volume", "up");
    mustFail(4, "DEVICE_HOLDS_VOLUME", "up", "--format-over-existing-data", VOLUME);
    assertThat(status().get("state").asText()).isEqualTo("failed");
    configure("{key_file: key}");
    mustSucceed("up");
    assertThat(file()).hasContent(TEXT);
  }

  @Test
  void up_keyslotAddedByAPerson_isNeverFormattedOver() throws Exception {
    configure(THROWAWAY);
    killAt("up", "before", Step.DROP_KEYSLOT);
    Path key = Files.writeString(directory.resolve("key"), "x");
    // No secret opens it, so the keyslot is one of another volume: only its being there counts.
    addKeyslot(key);
    byte[] header = Arrays.copyOf(Files.readAllBytes(backing()), 1 << 20);
    mustFail(4, "somebody added keyslot(s)", "up");
    assertThat(Arrays.copyOf(Files.readAllBytes(backing()), 1 << 20)).isEqualTo(header);
  }

  /** Adds an unbound keyslot, which needs no key of the volume. */
  private void addKeyslot(Path key) throws Exception {
    Path other = Files.write(directory.resolve("other"), new byte[64]);
    Lab.tool(
        "cryptsetup",
        "luksAddKey",
        "--batch-mode",
        "--unbound",
        "--key-size",
        "512",
        "--volume-key-file",
        other.toString(),
        "--pbkdf",
        "pbkdf2",
        "--pbkdf-force-iterations",
        "1000",
        backing().toString(),
        key.toString());
  }

  @Tag("long")
  @Test
  void up_tokenOfAnotherVolumesName_isNeverFormattedOver() throws Exception {
    configure(THROWAWAY);
    upAndWrite();
    mustSucceed("down");
    Files.writeString(
        config(), Files.readString(config()).replace("  " + VOLUME + ":", "  other:"));
    mustFail(4, "another name, " + VOLUME, "up");
  }

  @Test
  void up_foreignData_isRefused() throws Exception {
    configure(THROWAWAY);
    Files.write(backing(), new byte[48 << 20]);
    Lab.tool("mkfs.ext4", "-q", "-F", backing().toString());
    mustFail(4, "DEVICE_NOT_BLANK", "up");
    assertThat(Lab.tool("blkid", "-p", backing().toString())).contains("ext4");
  }

  /** Power cut in the middle of making it anew, with the old ciphertext behind the header. */
  @Test
  void up_formatCutShortOverItsEarlierSelf_isFinished() throws Exception {
    configure(THROWAWAY);
    upAndWrite();
    mustSucceed("down");
    overwriteWithUnfinished("throwaway " + VOLUME);
    assertThat(status().get("state").asText()).isEqualTo("absent");
    upAndWrite();
    assertThat(file()).hasContent(TEXT);
  }

  @Test
  void up_formatOfAnotherVolumeCutShort_isForeign() throws Exception {
    configure(THROWAWAY);
    upAndWrite();
    mustSucceed("down");
    overwriteWithUnfinished(VOLUME);
    mustFail(4, "DEVICE_NOT_BLANK", "up");
  }

  private void overwriteWithUnfinished(String label) throws Exception {
    FormatOptions options =
        FormatOptions.builder(new KdfParameters.Pbkdf2("sha256", 1000)).label(label).build();
    for (int operations = 1; operations < 50; operations++) {
      byte[] image = Files.readAllBytes(backing());
      FaultyBlockDevice device = new FaultyBlockDevice(image).failAfter(operations);
      try (SecretBuffer secret = SecretBuffer.random(32)) {
        Luks2Volume.format(BlockDeviceStorage.owning(device), options, secret);
      } catch (java.io.IOException e) {
        // The cut that was asked for.
        assertThat(e).isNotNull();
      }
      if (LabTest.kindOf(device.content()) == LuksProbe.Kind.UNFINISHED_FORMAT) {
        try (RandomAccessFile file = new RandomAccessFile(backing().toFile(), "rw")) {
          file.write(device.content());
        }
        return;
      }
    }
    throw new AssertionError("no cut leaves an unfinished format that shows");
  }

  static Stream<Step> killedBefore() {
    return Stream.of(Step.ATTACH);
  }

  static Stream<Arguments> everywhere() {
    return Stream.concat(
        STEPS.stream().map(step -> Arguments.of("before", step)),
        STEPS.stream().map(step -> Arguments.of("after", step)));
  }

  @ParameterizedTest
  @MethodSource("killedBefore")
  void up_killedBeforeStepOfASecondBoot_nextUpFinishes(Step step) throws Exception {
    assertKilledUpIsFinished("before", step);
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("everywhere")
  void up_killedAnywhereInASecondBoot_nextUpFinishes(String side, Step step) throws Exception {
    assertKilledUpIsFinished(side, step);
  }

  private void assertKilledUpIsFinished(String side, Step step) throws Exception {
    configure(THROWAWAY);
    upAndWrite();
    mustSucceed("down");
    killAt("up", side, step);
    mustSucceed("up");
    assertThat(status().get("state").asText()).isEqualTo("mounted");
    assertThat(file()).doesNotExist();
    assertThat(header().get("keyslots")).isEmpty();
  }
}
