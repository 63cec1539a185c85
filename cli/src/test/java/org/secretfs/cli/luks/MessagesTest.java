package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.run;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.cli.Main;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;

/** What a person reads who made a mistake, or whose volume is not as expected. */
class MessagesTest {
  @TempDir private static Path folder = Path.of("");

  private static Path image = Path.of("");

  /** One volume for all, as nothing here changes it. */
  @BeforeAll
  static void makeVolume() throws Exception {
    image = LuksCli.file(folder, "my image", 18 << 20);
    run("right\n", "format", CHEAP, image).done();
  }

  private static Path key(String text) throws Exception {
    return LuksCli.text(folder, text, text);
  }

  /** The command that a hint names, run as it stands. */
  private static LuksCli.Result follow(LuksCli.Result refused, String command) throws Exception {
    String hint = refused.err().lines().filter(line -> line.startsWith("  try: ")).findAny().get();
    String pasted = hint.substring(hint.indexOf(command)).split("[;.] |[;,.]?$", 2)[0];
    // A shell takes the words apart.
    String words = LuksCli.tool("", "sh", "-c", "printf '%s\\n' " + pasted).done().out();
    List<String> all = words.lines().toList();
    assertThat(all.subList(0, 2)).containsExactly("secretfs", "luks");
    return run("", all.subList(2, all.size()));
  }

  @Test
  void dump_notLuks_namesTheDeviceAndAHintThatRuns() throws Exception {
    Path file = LuksCli.file(folder, "it's not", 1 << 20);
    LuksCli.Result refused = run("", "dump", file).failed(4, file + ": ");
    assertThat(refused.err()).contains("NOT_LUKS").doesNotContain("DEVICE");
    assertThat(follow(refused, "secretfs luks is-luks").status()).isEqualTo(1);
  }

  @Test
  void open_wrongKeyOfADetachedHeader_namesBothAndAHintThatRuns() throws Exception {
    Path data = LuksCli.file(folder, "data", 1 << 20);
    Path header = folder.resolve("header");
    run("right\n", "format", CHEAP, "--header", header, data).done();
    LuksCli.Result refused =
        run("wrong\n", "open", "--test-passphrase", "--header", header, data).failed(3, "");
    assertThat(refused.err())
        .contains("%s, header of %s: ".formatted(header, data), "NO_KEYSLOT_OPENED")
        .contains("secretfs luks dump --header %s %s".formatted(header, data));
  }

  @Test
  void failure_asJson_namesDeviceAndHint() throws Exception {
    Path file = LuksCli.file(folder, "empty", 1 << 20);
    var error = run("", "dump", "--json", file).json().get("error");
    assertThat(error.get("device").asText()).isEqualTo(file.toString());
    assertThat(error.get("message").asText()).startsWith(file + ": ");
    assertThat(error.get("hint").asText()).endsWith("--verbose " + file);
  }

  @ParameterizedTest
  @CsvSource({
    "kill-slot, 9, KEYSLOT_INVALID",
    "remove-key, wrong, NO_KEYSLOT_OPENED",
    "reencrypt --resume-only, '', REENCRYPTION_REFUSED",
    "convert --type luks1, '', FEATURE_UNSUPPORTED"
  })
  void action_refused_namesTheDevice(String action, String more, String code) throws Exception {
    Path wrong = key("wrong");
    List<Object> words = new ArrayList<>(List.of((Object[]) action.split(" ", -1)));
    words.addAll(List.of("-q", image));
    Stream.of(more).filter(word -> !word.isEmpty()).forEach(words::add);
    words.replaceAll(word -> word.equals("wrong") ? wrong : word);
    LuksCli.Result refused = run("wrong\n", words);
    assertThat(refused.err()).contains(code, image.toString()).doesNotContain("DEVICE");
    assertThat(refused.err()).doesNotContain("nothing was changed");
  }

  @Test
  void headerRestore_fileIsNoBackup_blamesTheFile() throws Exception {
    byte[] before = Files.readAllBytes(image);
    Path wrong = key("wrong");
    LuksCli.Result refused =
        run("", "header-restore", "-q", "--header-backup-file", wrong, image)
            .failed(4, wrong + " is no backup of a LUKS header");
    assertThat(refused.err()).contains("BACKUP_UNREADABLE").doesNotContain("right device");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  /** There are two volume keys then, and neither reads all data. */
  @Test
  void dumpVolumeKey_inReencryption_isRefusedAndMakesNoFile() throws Exception {
    Path begun = Files.copy(image, folder.resolve("begun"));
    Path file = folder.resolve("volume key");
    Path right = key("right");
    run("", "reencrypt", "-q", "--init-only", "--key-file", right, begun).done();
    LuksCli.Result refused =
        run(
            "",
            List.of("dump", "-q", "--dump-volume-key", "--volume-key-file", file),
            List.of("--key-file", right, begun));
    refused.failed(4, begun + ": the volume is in the middle of a re-encryption");
    assertThat(file).doesNotExist();
    assertThat(follow(refused, "secretfs luks dump").out()).contains("LUKS header information");
  }

  @Test
  void close_nothingOfThatName_saysSo() {
    LuksCli.Result refused =
        run("", "close", "--runtime-directory", folder, "nosuch").failed(4, "NAME_NOT_OPEN");
    assertThat(refused.err()).contains("the name nosuch").doesNotContain("check the path");
  }

  /** Another user, who may read whatever the command's classes lie in. */
  private static final List<String> NOT_ROOT =
      List.of(
          "setpriv",
          "--reuid=65534",
          "--regid=65534",
          "--clear-groups",
          "--inh-caps=+dac_read_search",
          "--ambient-caps=+dac_read_search");

  /** A user without rights is told what takes root, and what does not. */
  @Test
  void open_notRoot_saysWhatTakesRootAndWhatDoesNot() throws Exception {
    Path runtime = Files.createDirectory(folder.resolve("runtime"));
    Assumptions.assumeTrue(
        Files.getOwner(runtime).getName().equals("root")
            && Files.isExecutable(Path.of("/usr/bin/setpriv")),
        "only root can start a process without its rights, by setpriv");
    LuksCli.tool("", "chmod", "a+rx", folder).done();
    LuksCli.tool("", "chmod", "a+rw", image).done();
    List<String> start = LuksCli.command("open", "--attachment", "fuse", "--runtime-directory");
    LuksCli.Result refused =
        LuksCli.tool(
            "right\n", NOT_ROOT, start, List.of(runtime.resolve("inner"), image, "scratch"));
    assertThat(refused.status()).as(refused.err()).isIn(4, 5);
    assertThat(refused.err())
        .contains("takes root", "secretfs luks read '" + image + "'")
        .doesNotContain("check the path", "apt-get");
  }

  @Test
  void anyCommand_withoutItsArguments_printsALineOfUsage() {
    LuksCli.Result refused = run("", "format").failed(2, "'DEVICE'");
    assertThat(refused.err())
        .contains("Usage: secretfs luks format [OPTIONS] DEVICE", "secretfs luks format --help")
        .hasLineCount(3);
    assertThat(refused.out()).isEmpty();
  }

  @Test
  void anyCommand_mistakeWithJson_printsADocument() throws Exception {
    var error = run("", "dump", "--json", "--nonsense", "x").json().get("error");
    assertThat(error.get("code").asText()).isEqualTo("USAGE_WRONG");
    assertThat(error.get("message").asText()).contains("--nonsense");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resize",
        "luksSuspend",
        "luksResume",
        "tcryptDump",
        "bitlkDump",
        "fvault2Dump",
        "remove"
      })
  void cryptsetupsAction_thatIsNotHere_saysWhyOrWhatToUse(String action) {
    LuksCli.Result refused = run("", action, "x").failed(2, "has no command '" + action + "': ");
    assertThat(refused.err()).doesNotContain("did you mean");
  }

  @ParameterizedTest
  @CsvSource({
    "luksFormat, format",
    "luksOpen, open",
    "luksAddKey, add-key",
    "luksHeaderBackup, header-backup",
    "isLuks, is-luks",
    "luksDump, dump"
  })
  void cryptsetupsName_withoutLuks_namesOurs(String theirs, String ours) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
    Input nothing = Input.of(Channels.newChannel(new ByteArrayInputStream(new byte[0])));
    assertThat(Main.run(new Output(stream, stream), nothing, theirs, "x")).isEqualTo(2);
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("use secretfs luks " + ours);
  }

  @ParameterizedTest
  @CsvSource({
    "formt, format",
    "fromat, ''",
    "form, ''",
    "erse, erase",
    "eraze, erase",
    "raze, ''",
    "kil-slot, kill-slot",
    "kilslot, ''",
    "dmup, dump",
    "opne, open",
    "xyzzy, ''"
  })
  void mistypedWord_suggestsWhatDestroysOnlyAtOneEdit(String typed, String meant) {
    String said = run("", typed).failed(2, "has no command").err();
    if (meant.isEmpty()) {
      assertThat(said).doesNotContain("did you mean");
    } else {
      assertThat(said).contains("did you mean '%s'?".formatted(meant));
    }
  }

  static List<String> mistakes() {
    return List.of(
        "format --cipher rot13",
        "format --cipher cipher_null-ecb",
        "format --pbkdf foo",
        "format --hash foo",
        "format --key-size 7",
        "format --key-size -8",
        "format --sector-size 3",
        "format --sector-size -512",
        "format --offset -1",
        "format --offset 9223372036854775807",
        "format --key-slot 32",
        "format --key-slot -1",
        "format --label " + "x".repeat(60),
        "format --luks2-metadata-size 5",
        "format --luks2-keyslots-size 5",
        "format --pbkdf-force-iterations 0",
        "format --pbkdf argon2id --pbkdf-memory 1 --pbkdf-force-iterations 4",
        "format --pbkdf argon2id --pbkdf-memory 64 --pbkdf-parallel 0 --pbkdf-force-iterations 4",
        "format --keyslot-cipher rot13",
        "format --keyslot-key-size 24",
        "format --iter-time -1",
        "format --uuid 5",
        "add-key --key-slot 99",
        "add-key --unbound --key-size 8",
        "reencrypt --cipher rot13",
        "reencrypt --key-size 7",
        "reencrypt --key-size 8",
        "reencrypt --sector-size 3",
        "reencrypt --resilience foo",
        "reencrypt --resilience-hash foo",
        "reencrypt --hotzone-size 1",
        "reencrypt --throttle 0",
        "reencrypt --active-name BAD/NAME",
        "read --length 9000000t",
        "read --length 7999999t",
        "read --at 7999999t",
        "read --key-file /dev/null --keyfile-offset -1",
        "open --test-passphrase --key-slot 99",
        "open --test-passphrase --tries -1",
        "open BAD/NAME",
        "config --priority foo --key-slot 0",
        "config --priority normal --key-slot 99",
        "config --label " + "x".repeat(60),
        "token frobnicate",
        "token remove --token-id 99",
        "token export --token-id -1",
        "kill-slot 99",
        "kill-slot -1",
        "benchmark --cipher rot13",
        "benchmark --cipher aes-xts-plain64 --key-size 7",
        "benchmark --cipher aes-xts-plain64 --sector-size 3",
        "benchmark --hash foo");
  }

  /** Nothing that can be typed reaches the program's own rules for itself. */
  @ParameterizedTest
  @MethodSource("mistakes")
  void anyOption_outOfItsRange_isAMistakeOfUsageAndNoDefect(String line) throws Exception {
    List<Object> words = new ArrayList<>(List.of((Object[]) line.split(" ", -1)));
    boolean volume = !line.startsWith("format") && !line.startsWith("benchmark");
    Path device = volume ? image : LuksCli.file(folder, "blank", 18 << 20);
    byte[] before = Files.readAllBytes(device);
    if (line.startsWith("kill-slot") || line.startsWith("open BAD")) {
      words.add(1, device);
    } else if (!line.startsWith("benchmark")) {
      words.add(device);
    }
    LuksCli.Result refused = run("right\nright\n", words);
    assertThat(refused.status()).as(refused.err()).isIn(2, 3, 4);
    assertThat(refused.err()).doesNotContain("UNEXPECTED", "a defect of secretfs");
    assertThat(Files.readAllBytes(device)).isEqualTo(before);
    if (line.contains("rot13") || line.contains("foo")) {
      assertThat(refused.status()).as(refused.err()).isEqualTo(2);
    }
  }
}
