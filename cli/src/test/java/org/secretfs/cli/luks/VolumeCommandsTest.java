package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.cryptsetup;
import static org.secretfs.cli.luks.LuksCli.cryptsetupOpens;
import static org.secretfs.cli.luks.LuksCli.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Making, describing, backing up, mending and erasing volumes. */
class VolumeCommandsTest {
  @TempDir private Path folder;

  private Path formatted(Object... options) throws Exception {
    Path image = LuksCli.file(folder, "image", 20 << 20);
    run("first\n", "format", CHEAP, options, image).done();
    return image;
  }

  private static void overwrite(Path file, long at, byte[] bytes) throws Exception {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.seek(at);
      open.write(bytes);
    }
  }

  @Test
  void read_standardOutputIsFull_isNoSuccess() throws Exception {
    Assumptions.assumeTrue(Files.isWritable(Path.of("/dev/full")), "/dev/full is not there");
    Path image = formatted();
    Path key = LuksCli.text(folder, "key", "first");
    for (List<String> words :
        List.of(
            LuksCli.command("read", "--key-file", key, "--length", "100", image),
            LuksCli.command("dump", image))) {
      Process process =
          new ProcessBuilder(words).redirectOutput(Path.of("/dev/full").toFile()).start();
      String notes = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(notes).isEqualTo(1);
      assertThat(notes).contains("standard output was not written to its end");
    }
  }

  @Test
  void format_everythingNamed_cryptsetupShowsIt() throws Exception {
    UUID uuid = UUID.randomUUID();
    Path image =
        formatted(
            "--label",
            "scratch",
            "--subsystem",
            "mine",
            "--uuid",
            uuid,
            "--sector-size",
            "2048",
            "--key-size",
            "256",
            "--luks2-metadata-size",
            "64k",
            "--luks2-keyslots-size",
            "1m",
            "--offset",
            "8192",
            "--hash",
            "sha512",
            "-S",
            "4");
    assertThat(cryptsetup("", "luksDump", image).done().out())
        .contains(uuid.toString(), "scratch", "mine", "sector: 2048 [bytes]", "4: luks2")
        .contains("Metadata area: \t65536", "Keyslots area: \t1048576", "offset: 4194304 [bytes]")
        .contains("Key:        256 bits", "sha512");
    assertThat(cryptsetupOpens(image, "first")).isTrue();
    JsonNode facts = run("", "dump", "--json", image).done().json();
    assertThat(facts.get("label").asText()).isEqualTo("scratch");
    assertThat(facts.get("offset").asLong()).isEqualTo(4 << 20);
    assertThat(facts.get("keyslots").get(0).get("number").asInt()).isEqualTo(4);
  }

  @Test
  void format_measuredArgon2_takesAboutTheTimeAskedFor() throws Exception {
    Path image = LuksCli.file(folder, "image", 20 << 20);
    run("first\n", "format", "--iter-time", "50", "--pbkdf-memory", "65536", image).done();
    JsonNode slot = run("", "dump", "--json", image).done().json().get("keyslots").get(0);
    assertThat(slot.get("pbkdf").asText()).isEqualTo("argon2id");
    assertThat(slot.get("time_cost").asInt()).isGreaterThanOrEqualTo(4);
    assertThat(slot.get("memory").asInt()).isBetween(32, 65536);
    assertThat(cryptsetupOpens(image, "first")).isTrue();
  }

  @Test
  void format_notBlank_isRefusedAndUntouchedUntilTold() throws Exception {
    Path image = LuksCli.file(folder, "image", 20 << 20);
    overwrite(image, 10 << 20, "somebody's data".getBytes(StandardCharsets.UTF_8));
    byte[] before = Files.readAllBytes(image);
    run("first\n", "format", CHEAP, "-q", image).failed(4, "DEVICE_NOT_BLANK");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    run("first\n", "format", CHEAP, "--over-existing-data", image).failed(2, "NOT_CONFIRMED");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    run("first\n", "format", CHEAP, "-q", "--over-existing-data", image).done();
    assertThat(cryptsetupOpens(image, "first")).isTrue();
  }

  @Test
  void format_overAVolume_isRefusedUntilItWasErased() throws Exception {
    Path image = formatted();
    run("x\n", "format", CHEAP, "-q", "--over-existing-data", image)
        .failed(4, "VOLUME_HAS_KEYSLOTS");
    run("", "erase", image).failed(2, "NOT_CONFIRMED");
    run("", "luksErase", "-q", image).done();
    assertThat(cryptsetup("", "luksDump", image).out()).contains("Keyslots:\nTokens:");
    run("first\n", "open", "--test-passphrase", image).failed(3, "NO_KEYSLOT_OPENED");
    run("x\n", "format", CHEAP, "-q", "--over-existing-data", image).done();
    assertThat(cryptsetupOpens(image, "x")).isTrue();
  }

  @Test
  void format_alignPayload_dataBeginsAtAMultiple() throws Exception {
    Object[] layout = {"--luks2-keyslots-size", "1m", "--align-payload", "6144", "--use-urandom"};
    Path image = formatted(layout);
    JsonNode facts = run("", "dump", "--json", image).done().json();
    assertThat(facts.get("offset").asLong()).isEqualTo(3 << 20);
    assertThat(cryptsetupOpens(image, "first")).isTrue();
  }

  @Test
  void format_alignPayloadOfLuks1_isAsCryptsetups() throws Exception {
    Path image = formatted("--type", "luks1", "--align-payload", "6144");
    long ours = run("", "dump", "--json", image).done().json().get("offset").asLong();
    Path theirs = LuksCli.file(folder, "theirs", 20 << 20);
    cryptsetup("first", "luksFormat", "-q", "--type", "luks1", "--align-payload", "6144", theirs)
        .done();
    assertThat(ours)
        .isEqualTo(run("", "dump", "--json", theirs).done().json().get("offset").asLong())
        .isEqualTo(3 << 20);
  }

  @ParameterizedTest
  @ValueSource(strings = {"luks1", "luks2"})
  void format_headerApartAndDataFarInside_cryptsetupOpensIt(String type) throws Exception {
    Path image = LuksCli.file(folder, "data", 20 << 20);
    Path header = folder.resolve("header");
    Object[] place = {"--header", header, "--offset", "32768", image};
    run("first\n", "format", CHEAP, "--type", type, place).done();
    assertThat(cryptsetupOpens(image, "first", "--header", header)).isTrue();
    assertThat(
            run("", "dump", "--json", "--header", header, image)
                .done()
                .json()
                .get("offset")
                .asLong())
        .isEqualTo(16 << 20);
    assertThat(Files.size(header)).isLessThanOrEqualTo(16 << 20);
  }

  @Test
  void format_offsetInTheKeyslots_isRefusedAndLeavesNoHeaderFile() throws Exception {
    Path image = LuksCli.file(folder, "data", 20 << 20);
    Path header = folder.resolve("header");
    run("first\n", "format", CHEAP, "--header", header, "--offset", "64", image)
        .failed(4, "no room");
    assertThat(header).doesNotExist();
  }

  @Test
  void format_numbersOutOfBounds_areRefused() throws Exception {
    Path image = LuksCli.file(folder, "data", 20 << 20);
    run("x\n", "format", CHEAP, "--offset", "9223372036854775807", image).failed(2, "sectors");
    for (String size : List.of("0", "-512", "511", "1000", "8192")) {
      run("x\n", "format", CHEAP, "--sector-size", size, "--force-sector-size", image)
          .failed(2, "sector");
    }
    run("x\n", "format", CHEAP, "--luks2-keyslots-size", "99999999999999t", image)
        .failed(2, "less than 8 EiB");
  }

  @Test
  void optionsOfCryptsetupThatAreSoInAnyCase_areAccepted() throws Exception {
    Path key = Files.writeString(folder.resolve("key"), "first");
    Path image =
        formatted("-y", "--force-password", "--disable-keyring", "--disable-external-tokens");
    Object[] open = {"open", "-q", "--test-passphrase", "--verify-passphrase", "-d", key};
    run("", open, "--type", "luks2", image).done();
    run("", open, "--type", "luks", image).done();
    run("", open, "--type", "luks1", image).failed(4, "the volume is luks2");
    run("", open, "--type", "luks3", image).failed(2, "must be luks1, luks2 or luks");
    run("", "dump", "--type", "luks2", image).done();
    run("first\nsecond\n", "luksAddKey", "--batch-mode", CHEAP, image).done();
    run("second\nthird\n", "luksChangeKey", "-q", CHEAP, image).done();
    run("", "config", "-q", "--label", "l", image).done();
    run("", "token", "add", "-q", "--key-description", "k", image).done();
    run("", "isLuks", "-q", image).done();
    Path backup = folder.resolve("backup");
    run("", "luksHeaderBackup", "-q", "--header-backup-file", backup, image).done();
  }

  @Test
  void config_oneOfTwoIsRefused_neitherIsDone() throws Exception {
    Path image = formatted();
    String longer = "l".repeat(60);
    run("", "config", "--priority", "prefer", "-S", "0", "--label", longer, image)
        .failed(2, "label");
    run("", "config", "--priority", "prefer", "-S", "5", "--label", "l", image)
        .failed(4, "no keyslot 5");
    JsonNode facts = run("", "dump", "--json", image).done().json();
    assertThat(facts.get("label").asText()).isEmpty();
    assertThat(facts.at("/keyslots/0/priority").asText()).isEqualTo("normal");
  }

  @Test
  void isLuks_luks1MagicButNothingElse_isNo() throws Exception {
    Path image = formatted("--type", "luks1");
    run("", "is-luks", image).done();
    overwrite(image, 8, new byte[100]);
    assertThat(run("", "is-luks", image).status()).isEqualTo(1);
    assertThat(cryptsetup("", "isLuks", image).status()).isNotZero();
  }

  @Test
  void dump_jsonMetadata_isWhatCryptsetupDumps() throws Exception {
    Path image = formatted("--use-random");
    com.fasterxml.jackson.databind.ObjectMapper mapper =
        new com.fasterxml.jackson.databind.ObjectMapper();
    String theirs = cryptsetup("", "luksDump", "--dump-json-metadata", image).done().out();
    assertThat(run("", "dump", "--dump-json-metadata", image).done().json())
        .isEqualTo(mapper.readTree(theirs));
  }

  /** Each command finds the header where it is kept, and leaves the data device alone. */
  @Test
  void header_keptApart_everyCommandWorksOnIt() throws Exception {
    Path data = LuksCli.file(folder, "data", 1 << 20);
    Path header = folder.resolve("header");
    Object[] at = {"--header", header, data};
    run("first\n", "format", CHEAP, at).done();
    run("", "is-luks", at).done();
    run("", "dump", at).done();
    run("", "config", "--label", "apart", at).done();
    run("", "uuid", "-q", "--uuid", UUID.randomUUID(), at).done();
    run("", "token", "add", "--unbound", "--key-description", "k", at).done();
    run("first\nsecond\n", "add-key", CHEAP, at).done();
    run("second\nthird\n", "change-key", CHEAP, at).done();
    run("third\n", "convert-key", CHEAP, at).done();
    run("third\n", "remove-key", at).done();
    run("", "repair", "-q", at).done();
    run("", "header-backup", "--header-backup-file", folder.resolve("backup"), at).done();
    assertThat(cryptsetupOpens(data, "first", "--header", header)).isTrue();
    run("", "erase", "-q", at).done();
    assertThat(cryptsetupOpens(data, "first", "--header", header)).isFalse();
    assertThat(Files.readAllBytes(data)).containsOnly(0);
  }

  @Test
  void format_wrongOptions_areRefusedBeforeAnythingIsWritten() throws Exception {
    Path image = LuksCli.file(folder, "image", (20 << 20) + 512);
    run("x\n", "format", CHEAP, "--integrity", "hmac-sha256", image).failed(2, "dm-integrity");
    run("x\n", "format", CHEAP, "--sector-size", "4096", image).failed(2, "no multiple");
    run("x\n", "format", CHEAP, "--sector-size", "768", image).failed(2, "sector size");
    run("x\n", "format", CHEAP, "--type", "luks3", image).failed(2, "luks2 or luks1");
    run("x\n", "format", CHEAP, "--cipher", "cipher_null-ecb", image).failed(2, "encrypts nothing");
    run("x\n", "format", CHEAP, "--luks2-keyslots-size", "5000", image).failed(2, "multiple");
    run("x\n", "format", "--pbkdf", "scrypt", image).failed(2, "argon2id, argon2i or pbkdf2");
    run("", "format", CHEAP, image).failed(2, "no passphrase");
    assertThat(Files.readAllBytes(image)).containsOnly(0);
    run("x\n", "format", CHEAP, folder.resolve("absent")).failed(4, "does not exist");
  }

  @Test
  void format_detached_headerIsMadeAndDataUntouched() throws Exception {
    Path data = LuksCli.file(folder, "data", 1 << 20);
    Path header = folder.resolve("header");
    run("first\n", "format", CHEAP, "--header", header, data).done();
    assertThat(Files.readAllBytes(data)).containsOnly(0);
    assertThat(cryptsetupOpens(data, "first", "--header", header)).isTrue();
    run("first\nsecret data", "write", "--header", header, data).done();
    assertThat(run("first\n", "read", "--header", header, "--length", "11", data).done().out())
        .isEqualTo("secret data");
    assertThat(new String(Files.readAllBytes(data), StandardCharsets.ISO_8859_1))
        .doesNotContain("secret data");
  }

  @Test
  void format_luks1_cryptsetupOpensAndOurDumpAgrees() throws Exception {
    Path image = formatted("--type", "luks1", "--hash", "sha1");
    assertThat(cryptsetup("", "luksDump", image).done().out()).containsPattern("Version: *\t1");
    assertThat(cryptsetupOpens(image, "first")).isTrue();
    JsonNode facts = run("", "dump", "--json", image).done().json();
    assertThat(facts.get("type").asText()).isEqualTo("luks1");
    assertThat(facts.get("hash").asText()).isEqualTo("sha1");
    run("x\n", "format", CHEAP, "--type", "luks1", "--label", "l", image).failed(2, "LUKS1 has no");
    run("", "config", "--label", "x", image).failed(4, "LUKS1 has no");
  }

  @Test
  void format_givenVolumeKey_usesIt() throws Exception {
    Path key = Files.write(folder.resolve("key"), new byte[64]);
    overwrite(key, 0, "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.UTF_8));
    Path image = formatted("--volume-key-file", key);
    assertThat(
            cryptsetup("", "open", "--test-passphrase", "--volume-key-file", key, image).status())
        .isZero();
    Path dumped = folder.resolve("dumped");
    run("first\n", "dump", "-q", "--dump-volume-key", "--volume-key-file", dumped, image).done();
    assertThat(dumped).hasSameBinaryContentAs(key);
  }

  @Test
  void isLuks_uuidAndConfig_sayAndSetWhatCryptsetupSees() throws Exception {
    Path image = formatted();
    run("", "isLuks", image).done();
    assertThat(run("", "is-luks", "--type", "luks1", image).status()).isEqualTo(1);
    run("", "is-luks", "--type", "luks3", image).failed(2, "must be luks1");
    assertThat(run("", "is-luks", LuksCli.file(folder, "blank", 1 << 20)).status()).isEqualTo(1);
    String uuid = run("", "uuid", image).done().out().strip();
    assertThat(cryptsetup("", "luksUUID", image).out().strip()).isEqualTo(uuid);
    UUID other = UUID.randomUUID();
    run("", "uuid", "--uuid", other, image).failed(2, "NOT_CONFIRMED");
    run("", "luksUUID", "-q", "--uuid", other, image).done();
    assertThat(cryptsetup("", "luksUUID", image).out().strip()).isEqualTo(other.toString());
    run("", "config", "--label", "one", "--subsystem", "two", image).done();
    run("", "config", "--priority", "ignore", "-S", "0", image).done();
    assertThat(cryptsetup("", "luksDump", image).out()).contains("one", "two", "ignore");
    run("first\n", "open", "--test-passphrase", image).failed(3, "0 tried");
    run("first\n", "open", "--test-passphrase", "-S", "0", image).done();
    run("", "config", image).failed(2, "nothing to set");
  }

  @Test
  void uuid_setOnLuks1_cryptsetupSeesItAndOpens() throws Exception {
    Path image = formatted("--type", "luks1");
    UUID other = UUID.randomUUID();
    run("", "uuid", "-q", "--uuid", other, image).done();
    assertThat(cryptsetup("", "luksUUID", image).out().strip()).isEqualTo(other.toString());
    assertThat(cryptsetupOpens(image, "first")).isTrue();
  }

  @Test
  void verboseDebugAndTestArgs_sayMoreOrDoNothing() throws Exception {
    Path image = formatted();
    assertThat(run("first\n", "open", "-v", "--test-passphrase", image).done().err())
        .contains("Command successful.");
    assertThat(run("", "is-luks", "--verbose", image).done().out()).startsWith("luks2: ");
    run("wrong\n", "open", "--debug", "--test-passphrase", image)
        .failed(3, "at org.secretfs.cli.luks.OpenedKeyslot");
    assertThat(run("wrong\n", "open", "--test-passphrase", image).err()).doesNotContain("at org.");
    byte[] before = Files.readAllBytes(image);
    run("", "erase", "-q", "--test-args", image).done();
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    run("", "erase", "--test-args", "--no-such-option", image).failed(2, "Unknown option");
  }

  @Test
  void headerBackup_sameBytesAsCryptsetups_andEachRestoresTheOthers() throws Exception {
    Path image = formatted();
    Path ours = folder.resolve("ours");
    Path theirs = folder.resolve("theirs");
    run("", "header-backup", "--header-backup-file", ours, image).done();
    run("", "header-backup", "--header-backup-file", ours, image).failed(4, "exists");
    cryptsetup("", "luksHeaderBackup", "--header-backup-file", theirs, image).done();
    assertThat(ours).hasSameBinaryContentAs(theirs);
    overwrite(image, 0, new byte[1 << 20]);
    cryptsetup("", "luksHeaderRestore", "-q", "--header-backup-file", ours, image).done();
    assertThat(cryptsetupOpens(image, "first")).isTrue();
    overwrite(image, 0, new byte[1 << 20]);
    run("", "luksHeaderRestore", "-q", "--header-backup-file", theirs, image).done();
    assertThat(cryptsetupOpens(image, "first")).isTrue();
    assertThat(cryptsetup("", "luksDump", "--debug", image).out()).doesNotContain("recovery");
  }

  @Test
  void headerBackup_ofLuks1_restoresAfterTheHeaderWasLost() throws Exception {
    Path image = formatted("--type", "luks1");
    Path backup = folder.resolve("backup");
    run("", "header-backup", "--header-backup-file", backup, image).done();
    overwrite(image, 0, new byte[4096]);
    assertThat(run("", "is-luks", image).status()).isEqualTo(1);
    run("", "header-restore", "-q", "--header-backup-file", backup, image).done();
    assertThat(cryptsetupOpens(image, "first")).isTrue();
  }

  @Test
  void headerRestore_ofAnotherVolume_isRefusedUnlessForced() throws Exception {
    Path image = formatted();
    Path backup = folder.resolve("backup");
    run("", "header-backup", "--header-backup-file", backup, image).done();
    Path other = LuksCli.file(folder, "other", 20 << 20);
    run("second\n", "format", CHEAP, other).done();
    byte[] before = Files.readAllBytes(other);
    run("", "header-restore", "-q", "--header-backup-file", backup, other)
        .failed(4, "BACKUP_REFUSED");
    run("", "header-restore", "--force", "--header-backup-file", backup, other)
        .failed(2, "NOT_CONFIRMED");
    assertThat(Files.readAllBytes(other)).isEqualTo(before);
    run("", "header-restore", "-q", "--force", "--header-backup-file", backup, other).done();
    assertThat(cryptsetupOpens(other, "first")).isTrue();
  }

  @Test
  void repair_oneDamagedCopy_isMendedAndDumpOnlyTells() throws Exception {
    Path image = formatted();
    overwrite(image, 4200, new byte[64]);
    byte[] damaged = Files.readAllBytes(image);
    assertThat(run("", "dump", image).done().out()).contains("the primary header is damaged");
    assertThat(Files.readAllBytes(image)).isEqualTo(damaged);
    run("", "repair", image).failed(2, "NOT_CONFIRMED");
    run("", "repair", "-q", image).done();
    assertThat(run("", "repair", "--json", image).done().json().get("repaired").isNull()).isTrue();
    assertThat(cryptsetup("", "luksDump", "--debug", image).out()).doesNotContain("recovery");
  }

  @Test
  void convert_toLuks1AndBack_cryptsetupOpensEach() throws Exception {
    Path image = formatted("--hash", "sha256", "--sector-size", "512");
    run("", "convert", "--type", "luks1", image).failed(2, "NOT_CONFIRMED");
    run("", "convert", "-q", "--type", "luks1", image).done();
    assertThat(cryptsetup("", "luksDump", image).done().out()).containsPattern("Version: *\t1");
    assertThat(cryptsetupOpens(image, "first")).isTrue();
    JsonNode again = run("", "convert", "-q", "--type", "luks1", "--json", image).done().json();
    assertThat(again.get("converted").asBoolean()).isFalse();
    run("", "convert", "-q", "--type", "luks2", image).done();
    assertThat(cryptsetup("", "luksDump", image).done().out()).containsPattern("Version: *\t2");
    assertThat(cryptsetupOpens(image, "first")).isTrue();
  }

  @Test
  void convert_whatLuks1HasNot_isRefusedAndNothingChanges() throws Exception {
    Path image = formatted("--sector-size", "4096");
    byte[] before = Files.readAllBytes(image);
    run("", "convert", "-q", "--type", "luks1", image).failed(4, "sector");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void convertKey_toArgon2_samePassphraseOpens() throws Exception {
    Path image = formatted();
    run(
            "first\n",
            "luksConvertKey",
            "--pbkdf",
            "argon2id",
            "--pbkdf-force-iterations",
            "4",
            "--pbkdf-memory",
            "32768",
            "--pbkdf-parallel",
            "1",
            image)
        .done();
    assertThat(cryptsetup("", "luksDump", image).out()).contains("argon2id");
    assertThat(cryptsetupOpens(image, "first")).isTrue();
  }

  @Test
  void write_pastTheEnd_isRefusedAndRangesReadBack() throws Exception {
    Path image = formatted();
    run("first\nmiddle", "write", "--at", "1000", image).done();
    assertThat(run("first\n", "read", "--at", "1000", "--length", "6", image).done().out())
        .isEqualTo("middle");
    run("first\nlong", "write", "--at", Integer.toString((4 << 20) - 2), image)
        .failed(4, "the volume ends at byte 4194304 and the data is longer: 0 bytes were written");
    run("first\n", "read", "--at", "5m", image).failed(2, "the volume has");
  }

  @Test
  void write_fileThatDoesNotFit_isRefusedBeforeTheFirstByte() throws Exception {
    Path image = formatted();
    Path long_ = Files.write(folder.resolve("long"), new byte[(4 << 20) - 4095]);
    byte[] before = Files.readAllBytes(image);
    run("first\n", "write", "--at", "4096", "--from", long_, image)
        .failed(4, "4190209 bytes do not fit: the volume has room for 4190208 from byte 4096 on");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    Files.write(long_, new byte[(4 << 20) - 4096]);
    run("first\n", "write", "--at", "4096", "--from", long_, image).done();
  }

  @Test
  void write_pipeThatDoesNotFit_saysHowMuchWasWritten() throws Exception {
    Path image = formatted();
    String tooLong = "x".repeat((4 << 20) + 1);
    run("first\n" + tooLong, "write", image).failed(4, "4194304 bytes were written from byte 0 on");
    assertThat(run("first\n", "read", image).done().out()).isEqualTo(tooLong.substring(1));
  }

  @Test
  void config_severalThings_areOneUpdate() throws Exception {
    Path image = formatted();
    long before = run("", "dump", "--json", image).json().get("epoch").asLong();
    run("", "config", "--label", "l", "--subsystem", "s", "--priority", "ignore", "-S", "0", image)
        .done();
    String dump = cryptsetup("", "luksDump", image).done().out();
    assertThat(dump.replaceAll("[ \t]+", " "))
        .contains("Label: l\n", "Subsystem: s\n", "Priority: ignored", "Epoch: " + (before + 1));
  }

  @Test
  void format_overAVolumeWithKeyslots_isRefusedInBothVersions() throws Exception {
    for (String type : List.of("luks1", "luks2")) {
      Path image = formatted("--type", type);
      byte[] before = Files.readAllBytes(image);
      run("y\n", "format", CHEAP, "-q", "--over-existing-data", image).failed(4, "erase it first");
      assertThat(Files.readAllBytes(image)).isEqualTo(before);
      Files.delete(image);
    }
  }

  @Test
  void repair_luks1WithItsHashInCapitals_isMended() throws Exception {
    Path image = formatted("--type", "luks1");
    byte[] bytes = Files.readAllBytes(image);
    System.arraycopy("SHA256".getBytes(StandardCharsets.US_ASCII), 0, bytes, 72, 6);
    Files.write(image, bytes);
    assertThat(run("", "repair", "-q", "--json", image).done().json().get("repaired").asText())
        .contains("sha256");
    assertThat(cryptsetupOpens(image, "first")).isTrue();
  }
}
