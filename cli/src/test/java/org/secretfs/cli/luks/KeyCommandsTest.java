package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.cryptsetup;
import static org.secretfs.cli.luks.LuksCli.cryptsetupOpens;
import static org.secretfs.cli.luks.LuksCli.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Passphrases, key files and keyslots. */
class KeyCommandsTest {
  @TempDir private Path folder;
  private Path image = Path.of("unset");

  @BeforeEach
  void format() throws Exception {
    image = LuksCli.file(folder, "image", 20 << 20);
    run("first\n", "format", CHEAP, image).done();
  }

  private boolean opens(String passphrase) {
    return run(passphrase + "\n", "open", "--test-passphrase", image).status() == 0;
  }

  @Test
  void addKey_bothOnLines_bothOpenAlsoForCryptsetup() throws Exception {
    run("first\nsecond\n", "add-key", CHEAP, image).done();
    assertThat(opens("first")).isTrue();
    assertThat(opens("second")).isTrue();
    assertThat(cryptsetupOpens(image, "second")).isTrue();
  }

  @Test
  void addKey_numberGiven_takesIt() throws Exception {
    Path second = LuksCli.text(folder, "second", "with\nnewline\n");
    run("first", "luksAddKey", CHEAP, "--key-file", "-", "-S", "9", image, second).done();
    assertThat(cryptsetup("", "luksDump", image).out()).contains("9: luks2");
    run("first\nx", "add-key", CHEAP, "-S", "9", image).failed(4, "keyslot 9 is in use");
    run("", "open", "--test-passphrase", "-d", second, "-S", "9", image).done();
    run("", "open", "--test-passphrase", "-d", second, "-S", "0", image).failed(3, "no keyslot");
  }

  @Test
  void addKey_cryptsetupsOtherNames_meanTheSame() throws Exception {
    Path second = LuksCli.text(folder, "second", "second");
    Object[] hash = {"--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", "--hash", "sha512"};
    run("first\n", "add-key", hash, "--new-keyfile", second, "--new-key-slot", "5", image).done();
    assertThat(cryptsetup("", "luksDump", image).out()).contains("5: luks2", "sha512");
    assertThat(cryptsetupOpens(image, "second")).isTrue();
    Path key = folder.resolve("volume-key");
    run("first\n", "dump", "-q", "--dump-master-key", "--master-key-file", key, image).done();
    run("", "open", "--test-passphrase", "--master-key-file", key, image).done();
    assertThat(
            cryptsetup("", "open", "--test-passphrase", "--volume-key-file", key, image).status())
        .isZero();
  }

  @Test
  void addKey_wrongPassphrase_isDeniedAndChangesNothing() throws Exception {
    byte[] before = Files.readAllBytes(image);
    run("wrong\nsecond\n", "add-key", CHEAP, image).failed(3, "NO_KEYSLOT_OPENED");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void addKey_rangeOfAKeyFile_opensByIt() throws Exception {
    Path file = LuksCli.text(folder, "file", "....the key....");
    run(
            "first\n",
            "add-key",
            CHEAP,
            "--new-keyfile-offset",
            "4",
            "--new-keyfile-size",
            "7",
            image,
            file)
        .done();
    assertThat(opens("the key")).isTrue();
    run("", "open", "--test-passphrase", "-d", file, "--keyfile-offset", "4", "-l", "7", image)
        .done();
    run("", "open", "--test-passphrase", "-d", file, "--keyfile-offset", "4", "-l", "99", image)
        .failed(4, "11 bytes where 99");
    assertThat(
            cryptsetup(
                    "",
                    "open",
                    "--test-passphrase",
                    "-d",
                    file,
                    "--keyfile-offset",
                    "4",
                    "-l",
                    "7",
                    image)
                .status())
        .isZero();
  }

  @Test
  void open_largestKeyFile_opens_oneByteMoreIsRefused() throws Exception {
    Path large = LuksCli.file(folder, "large", 8 << 20);
    run("first\n", "add-key", CHEAP, image, large).done();
    run("", "open", "--test-passphrase", "-d", large, image).done();
    assertThat(cryptsetup("", "open", "--test-passphrase", "-d", large, image).status()).isZero();
    Path tooLarge = LuksCli.file(folder, "too-large", (8 << 20) + 1);
    run("", "open", "--test-passphrase", "-d", tooLarge, image).failed(4, "more than 8388608");
  }

  @Test
  void open_passphraseFromADescriptor_readsALine() throws Exception {
    Path line = LuksCli.text(folder, "line", "first\nrest");
    LuksCli.Result result =
        LuksCli.tool("", "bash", "-c", "exec 7<\"$0\"; test -e /proc/self/fd/7", line);
    result.done();
    try (var open = new java.io.FileInputStream(line.toFile())) {
      int descriptor = descriptorOf(line);
      assertThat(open.available()).isPositive();
      run("", "open", "--test-passphrase", "--passphrase-fd", descriptor, image).done();
    }
  }

  private static int descriptorOf(Path file) throws Exception {
    try (var descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path one : descriptors) {
        if (Files.isSymbolicLink(one)
            && Files.readSymbolicLink(one).toString().equals(file.toString())) {
          return Integer.parseInt(one.getFileName().toString());
        }
      }
    }
    throw new AssertionError("no descriptor of " + file);
  }

  @Test
  void changeKey_oldNoLongerOpensNewDoes() throws Exception {
    run("first\nsecond\n", "change-key", CHEAP, image).done();
    assertThat(opens("first")).isFalse();
    assertThat(opens("second")).isTrue();
    assertThat(cryptsetup("", "luksDump", image).out()).contains("0: luks2");
  }

  @Test
  void removeKey_lastOne_isRefusedUnlessForced() throws Exception {
    run("first\n", "remove-key", image).failed(4, "last");
    assertThat(opens("first")).isTrue();
    run("first\n", "remove-key", "--force", image).failed(2, "last keyslot");
    run("first\n", "remove-key", "-q", "--force", image).done();
    run("first\n", "open", "--test-passphrase", image).failed(3, "NO_KEYSLOT_OPENED");
  }

  @Test
  void removeKey_byKeyFile_leavesTheOther() throws Exception {
    Path second = LuksCli.text(folder, "second", "second");
    run("first\n", "add-key", CHEAP, image, second).done();
    run("", "luksRemoveKey", image, second).done();
    assertThat(opens("second")).isFalse();
    assertThat(opens("first")).isTrue();
  }

  @Test
  void killSlot_withoutAPassphraseThatStays_isRefused() throws Exception {
    run("first\nsecond\n", "add-key", CHEAP, image).done();
    run("wrong\n", "kill-slot", image, "1").failed(3, "NO_KEYSLOT_OPENED");
    assertThat(opens("second")).isTrue();
    run("second\n", "kill-slot", image, "1").failed(3, "NO_KEYSLOT_OPENED");
    assertThat(opens("second")).isTrue();
    run("first\n", "luksKillSlot", image, "1").done();
    assertThat(opens("second")).isFalse();
    run("first\n", "kill-slot", image, "0").failed(4, "last");
    run("first\n", "kill-slot", image, "5").failed(4, "no keyslot 5");
  }

  @Test
  void addKey_unbound_opensNothingAndItsKeyCanBeDumped() throws Exception {
    run("spare\n", "add-key", CHEAP, "--unbound", "--key-size", "256", "-S", "3", image).done();
    assertThat(opens("spare")).isFalse();
    assertThat(cryptsetup("", "luksDump", image).out()).contains("3: luks2 (unbound)");
    Path ours = folder.resolve("ours");
    Path theirs = folder.resolve("theirs");
    run("spare\n", "dump", "-q", "--unbound", "-S", "3", "--volume-key-file", ours, image).done();
    cryptsetup(
            "spare",
            "luksDump",
            "-q",
            "--unbound",
            "-S",
            "3",
            "--volume-key-file",
            theirs,
            "--key-file",
            "-",
            image)
        .done();
    assertThat(ours).hasSameBinaryContentAs(theirs);
    run("", "kill-slot", "-q", image, "3").done();
    assertThat(cryptsetup("", "luksDump", image).out()).doesNotContain("3: luks2");
  }

  @Test
  void volumeKeyFile_opensAndAddsAKeyslot_anotherKeyIsDenied() throws Exception {
    Path key = folder.resolve("volume-key");
    run("first\n", "dump", "--dump-volume-key", "--volume-key-file", key, image)
        .failed(2, "sensitive");
    run("first\n", "dump", "-q", "--dump-volume-key", "--volume-key-file", key, image).done();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
        .isEqualTo("rw-------");
    run("first\n", "dump", "-q", "--dump-volume-key", "--volume-key-file", key, image)
        .failed(4, "exists");
    run("", "open", "--test-passphrase", "--volume-key-file", key, image).done();
    run("second\n", "add-key", CHEAP, "--volume-key-file", key, image).done();
    assertThat(opens("second")).isTrue();
    byte[] other = Files.readAllBytes(key);
    other[5] ^= 1;
    Files.write(key, other);
    run("", "open", "--test-passphrase", "--volume-key-file", key, image)
        .failed(3, "NO_KEYSLOT_OPENED");
  }

  @Test
  void volumeKeyFile_whereAPassphraseMustBeKnown_isNoOption() {
    for (String command : List.of("change-key", "convert-key", "remove-key")) {
      run("first\n", command, "--volume-key-file=key", image).failed(2, "--volume-key-file");
    }
    run("", "kill-slot", "--volume-key-file=key", image, "0").failed(2, "--volume-key-file");
  }

  @Test
  void keyFileRanges_outOfBounds_areRefused() throws Exception {
    Path key = LuksCli.text(folder, "key", "first");
    for (String option : List.of("--new-keyfile-size", "--new-keyfile-offset")) {
      run("first\n", "add-key", CHEAP, option, "-1", image, key).failed(2, "key file range");
    }
  }

  @Test
  void keyFileRange_ofAKeyFileWithoutOption_isTheSame() throws Exception {
    Path longer = LuksCli.text(folder, "long", "xxxxsecond-and-more");
    Object[] range = {"--keyfile-offset", "4", "--keyfile-size", "6"};
    Path other = LuksCli.file(folder, "other", 20 << 20);
    run("", "format", CHEAP, range, other, longer).done();
    assertThat(cryptsetupOpens(other, "second")).isTrue();
    assertThat(cryptsetup("", "open", "--test-passphrase", range, "-d", longer, other).status())
        .isZero();
    run("first\nsecond\n", "add-key", CHEAP, image).done();
    run("", "remove-key", range, image, longer).done();
    assertThat(opens("second")).isFalse();
    assertThat(opens("first")).isTrue();
  }

  @Test
  void killSlot_keyOpensOnlyTheOneToGo_saysSo() throws Exception {
    run("first\nsecond\n", "add-key", CHEAP, image).done();
    run("first\n", "kill-slot", image, "0").failed(3, "no keyslot besides 0");
    run("second\n", "kill-slot", image, "0").done();
  }

  @Test
  void keyFile_missing_isCalledAKeyFile() {
    run("", "open", "--test-passphrase", "-d", folder.resolve("none"), image)
        .failed(4, "the key file " + folder.resolve("none") + " does not exist");
  }

  @Test
  void iterTime_zeroIsTheDefaultAndLessIsRefused() throws Exception {
    run("first\nsecond\n", "add-key", "--pbkdf", "pbkdf2", "-i", "0", image).done();
    assertThat(run("", "dump", "--json", image).json().at("/keyslots/1/iterations").asLong())
        .isGreaterThan(50_000);
    run("first\nthird\n", "add-key", "--pbkdf", "pbkdf2", "-i", "-2000", image)
        .failed(2, "--iter-time -2000");
  }

  private static final String[] SMALL_KEY = {
    "--keyslot-cipher", "aes-xts-plain64", "--keyslot-key-size", "256"
  };

  /** The data keeps its 512-bit key; the keyslot is encrypted by a key of half that length. */
  @Test
  void keyslotCipher_formattedAddedChangedConverted_cryptsetupShowsAndOpensIt() throws Exception {
    Path other = LuksCli.file(folder, "other", 20 << 20);
    run("first\n", "format", CHEAP, SMALL_KEY, other).done();
    run("first\nsecond\n", "add-key", CHEAP, SMALL_KEY, other).done();
    run("first\nthird\n", "change-key", CHEAP, SMALL_KEY, other).done();
    run("second\n", "convert-key", CHEAP, SMALL_KEY, other).done();
    String dump = cryptsetup("", "luksDump", other).done().out();
    assertThat(dump.split("Cipher key: 256 bits", -1)).hasSize(3);
    assertThat(dump).contains("Key:        512 bits");
    assertThat(cryptsetupOpens(other, "second")).isTrue();
    assertThat(cryptsetupOpens(other, "third")).isTrue();
    run("third\nfourth\n", "add-key", CHEAP, other).done();
    assertThat(cryptsetup("", "luksDump", other).out()).contains("Cipher key: 512 bits");
  }

  @Test
  void keyslotCipher_madeByCryptsetup_opensHere() throws Exception {
    cryptsetup("first\nsecond\n", "luksAddKey", "-q", CHEAP, SMALL_KEY, image).done();
    assertThat(opens("second")).isTrue();
  }

  @Test
  void keyslotCipher_thatIsNone_isRefusedAndNothingChanges() throws Exception {
    byte[] before = Files.readAllBytes(image);
    run("first\nx\n", "add-key", CHEAP, "--keyslot-cipher", "null", image).failed(2, "nothing");
    run("first\nx\n", "add-key", CHEAP, "--keyslot-key-size", "384", image).failed(2, "takes");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    Path old = LuksCli.file(folder, "old", 8 << 20);
    run("x\n", "format", CHEAP, "--type", "luks1", SMALL_KEY, old).failed(2, "LUKS1 has no");
    run("x\n", "format", CHEAP, "--type", "luks1", old).done();
    run("x\ny\n", "add-key", CHEAP, SMALL_KEY, old).failed(4, "as the data is");
    run("x\ny\n", "change-key", CHEAP, SMALL_KEY, old).failed(4, "as the data is");
  }

  @Test
  void luks1OfCryptsetup_addChangeRemove_cryptsetupAgrees() throws Exception {
    Path old = LuksCli.file(folder, "old", 8 << 20);
    cryptsetup(
            "first",
            "luksFormat",
            "-q",
            "--type",
            "luks1",
            "--pbkdf-force-iterations",
            "1000",
            old,
            "-")
        .done();
    run("first\nsecond\n", "add-key", "--pbkdf-force-iterations", "1000", old).done();
    assertThat(cryptsetupOpens(old, "second")).isTrue();
    run("second\nthird\n", "change-key", "--pbkdf-force-iterations", "1000", old).done();
    assertThat(cryptsetupOpens(old, "second")).isFalse();
    assertThat(cryptsetupOpens(old, "third")).isTrue();
    run("third\n", "remove-key", old).done();
    assertThat(cryptsetupOpens(old, "third")).isFalse();
    assertThat(run("", "dump", old).done().out()).containsPattern("Version: *\t1\n");
  }
}
