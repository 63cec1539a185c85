package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.run;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.Reencryption;

/** A person stops a re-encryption, and goes on with the command that is printed. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReencryptSignalTest {
  private static final int HEADER_BYTES = 2 << 20;
  private static final int DATA_BYTES = 4 << 20;
  private static final List<String> SLOWLY =
      List.of(
          "--throttle",
          "512K",
          "--hotzone-size",
          "131072",
          "--progress-json",
          "--progress-frequency",
          "0");

  private final String letters = "a letter to be kept. ".repeat(DATA_BYTES / 21 + 1);
  private Path folder = Path.of("");
  private Path key = Path.of("");
  private Path template = Path.of("");

  @BeforeAll
  void makeTemplate(@TempDir Path shared) throws Exception {
    folder = shared;
    key = LuksCli.text(folder, "the key", "first");
    template = LuksCli.file(folder, "template", HEADER_BYTES + DATA_BYTES);
    run("first\n", "format", CHEAP, "--offset", HEADER_BYTES / 512, template).done();
    run(data(), "write", "--key-file", key, template).done();
  }

  private String data() {
    return letters.substring(0, DATA_BYTES);
  }

  private Path copy() throws Exception {
    return Files.copy(template, folder.resolve("my image"), StandardCopyOption.REPLACE_EXISTING);
  }

  /** Whoever runs the tests in the background hands down that SIGINT and SIGHUP are ignored. */
  private static List<String> heedingSignals(List<String> command) {
    List<String> words = new ArrayList<>(List.of("env", "--default-signal=INT,HUP,TERM"));
    words.addAll(command);
    return words;
  }

  /** Ends a command by a signal once it has moved something; returns what it said. */
  private LuksCli.Result interrupted(String signal, Object... words) throws Exception {
    Path notes = folder.resolve("notes");
    Path progress = Files.writeString(folder.resolve("progress"), "");
    Process process =
        new ProcessBuilder(heedingSignals(LuksCli.command(words)))
            .redirectError(notes.toFile())
            .redirectOutput(progress.toFile())
            .start();
    while (process.isAlive() && Files.size(progress) == 0) {
      Thread.sleep(10);
    }
    LuksCli.tool("", "kill", "-" + signal, process.pid()).done();
    int status = process.waitFor();
    return new LuksCli.Result(status, Files.readString(progress), Files.readString(notes));
  }

  /** The words of the command that the last line of a note is; as fast as it can. */
  private List<String> printed(LuksCli.Result result) throws Exception {
    String line = result.err().lines().toList().getLast().strip();
    List<String> words =
        LuksCli.tool("", "sh", "-c", "printf '%s\\n' " + line).done().out().lines().toList();
    assertThat(words.subList(0, 4))
        .containsExactly("secretfs", "luks", "reencrypt", "--resume-only");
    assertThat(words).contains("--key-file", key.toString()).containsSequence("--throttle", "512K");
    List<String> fast = new ArrayList<>(words.subList(2, words.size()));
    fast.subList(fast.indexOf("--throttle"), fast.indexOf("--throttle") + 2).clear();
    return fast;
  }

  private static double percent(LuksCli.Result result) {
    Matcher matcher = Pattern.compile("at (\\d+\\.\\d) %").matcher(result.err());
    assertThat(matcher.find()).as(result.err()).isTrue();
    return Double.parseDouble(matcher.group(1));
  }

  private static boolean inReencryption(Path header) throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(header)) {
      return Reencryption.status(storage).filter(one -> !one.interrupted()).isPresent();
    }
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143", "HUP, 129"})
  void reencrypt_signal_stopsBetweenPartsAndPrintsTheCommandThatGoesOn(String signal, int status)
      throws Exception {
    Path image = copy();
    LuksCli.Result stopped = interrupted(signal, "reencrypt", "--key-file", key, SLOWLY, image);
    stopped.failed(status, "stopped by SIG" + signal);
    assertThat(percent(stopped)).isStrictlyBetween(0.0, 100.0);
    assertThat(inReencryption(image)).isTrue();
    run("", printed(stopped)).done();
    assertThat(run("", "read", "--key-file", key, image).done().out().equals(data())).isTrue();
  }

  @Test
  void reencrypt_signalTwiceThenCryptsetup_losesNothing() throws Exception {
    LuksCli.requireCryptsetup();
    Path image = copy();
    LuksCli.Result first =
        interrupted("TERM", "reencrypt", "--json", "--key-file", key, SLOWLY, image);
    assertThat(first.status()).as(first.toString()).isEqualTo(143);
    assertThat(first.out()).contains("\"signal\" : \"SIGTERM\"", "'" + image + "'");
    LuksCli.Result second =
        interrupted("INT", "reencrypt", "--resume-only", "--key-file", key, SLOWLY, image);
    assertThat(percent(second.failed(130, "stopped by SIGINT"))).isPositive();
    LuksCli.cryptsetup(
            "",
            List.of("-q", "--disable-locks", "--force-offline-reencrypt", "--key-file"),
            key,
            List.of("reencrypt", "--resume-only"),
            image)
        .done();
    assertThat(run("", "read", "--key-file", key, image).done().out().equals(data())).isTrue();
  }

  @Test
  void encryptAndDecrypt_signal_goOnByTheCommandThatIsPrinted() throws Exception {
    Path device = Files.writeString(folder.resolve("plain"), data());
    Path header = folder.resolve("its header");
    List<Object> place = List.of("--key-file", key, "--header", header, device);
    LuksCli.Result encryption =
        interrupted("INT", "reencrypt", "--encrypt", "-q", SLOWLY, CHEAP, place);
    run("", printed(encryption.failed(130, "stopped by SIGINT"))).done();
    assertThat(run("", "read", place).done().out().equals(data())).isTrue();
    LuksCli.Result decryption = interrupted("TERM", "reencrypt", "--decrypt", "-q", SLOWLY, place);
    assertThat(decryption.status()).as(decryption.err()).isEqualTo(143);
    run("", printed(decryption)).done();
    assertThat(Files.readString(device).equals(data())).isTrue();
  }

  /** Erasing waits for nobody: what rewrites the volume would go on over a header without keys. */
  @Test
  void erase_whileAnotherProcessReencrypts_isBusyAndChangesNothing() throws Exception {
    Path image = copy();
    Process process = LuksCli.start("reencrypt", "--key-file", key, SLOWLY, image);
    assertThat(process.getInputStream().read()).isEqualTo('{');
    run("", "erase", "--batch-mode", image).failed(5, "BUSY");
    assertThat(process.isAlive()).isTrue();
    process.destroyForcibly().waitFor();
    run("", "reencrypt", "--resume-only", "--key-file", key, image).done();
    assertThat(run("", "read", "--key-file", key, image).done().out().equals(data())).isTrue();
  }
}
