package org.secretfs.cli.luks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.cryptsetup;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.cli.Main;
import org.secretfs.cli.output.Output;

/** {@code docs/luks.md} tells of everything that cryptsetup has, and its example runs. */
class LuksDocumentTest {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([^`]+)` \\| (.+) \\| (.+) \\|$");
  private static final Pattern OPTION = Pattern.compile("(?m)^ +(?:-., )?--([a-zA-Z0-9_-]+)");
  private static final Pattern ACTION = Pattern.compile("(?m)^\\t([a-zA-Z0-9]+) <[^\\n]+ - ");

  @TempDir private Path folder;

  private static Path repository() {
    Path here = Path.of("").toAbsolutePath();
    return Files.isDirectory(here.resolve("docs"))
        ? here
        : Objects.requireNonNull(here.getParent(), "a module lies in the repository");
  }

  private static String document() throws IOException {
    return Files.readString(repository().resolve("docs/luks.md"));
  }

  /** What a row tells: what there is here, and the test of it. */
  private record Row(String here, String test) {}

  /** The rows of both tables by what they tell of. */
  private static Map<String, Row> table() throws IOException {
    Map<String, Row> rows = new TreeMap<>();
    Matcher row = ROW.matcher(document());
    while (row.find()) {
      rows.put(row.group(1), new Row(row.group(2), row.group(3)));
    }
    return rows;
  }

  private static List<String> all(Pattern pattern, String text, String prefix) {
    List<String> found = new ArrayList<>();
    Matcher matcher = pattern.matcher(text);
    while (matcher.find()) {
      found.add(prefix + matcher.group(1));
    }
    return found;
  }

  @Test
  void tables_againstTheInstalledCryptsetup_tellOfEveryActionAndOption() throws Exception {
    String help = cryptsetup("", "--help").done().out();
    List<String> options = all(OPTION, help, "--");
    List<String> actions = all(ACTION, help, "");
    assertThat(options).hasSizeGreaterThan(90).contains("--sector-size", "--resilience");
    assertThat(actions).hasSizeGreaterThan(20).contains("luksFormat", "open", "token");
    assertThat(table()).containsKeys(options.toArray(String[]::new));
    assertThat(table()).containsKeys(actions.toArray(String[]::new));
  }

  /** A test that is named uses the action or option, by its long name, its short one or ours. */
  @Test
  void tables_testsNamed_existAndUseIt() throws Exception {
    String help = cryptsetup("", "--help").done().out();
    for (Map.Entry<String, Row> row : table().entrySet()) {
      String test = row.getValue().test();
      if (!test.equals("-")) {
        String code = Files.readString(test(test.replace("`", "")));
        assertThat(names(row.getKey(), row.getValue(), help))
            .as("%s in %s", row.getKey(), test)
            .anyMatch(name -> code.contains('"' + name + '"') || code.contains(name + " "));
      }
    }
  }

  @Test
  void tables_rowsWithoutATest_tellOfNothingToTest() throws Exception {
    for (Map.Entry<String, Row> row : table().entrySet()) {
      if (row.getValue().test().equals("-")) {
        assertThat(row.getValue().here())
            .as(row.getKey())
            .matches("(?s)(no:|nothing to |not needed:|`luks reencrypt).*");
      }
    }
  }

  private static List<String> names(String name, Row row, String help) {
    List<String> names = new ArrayList<>(List.of(name));
    Matcher brief = Pattern.compile("(?m)^ +(-.), " + Pattern.quote(name) + "\\b").matcher(help);
    if (brief.find()) {
      names.add(brief.group(1));
    }
    if (!name.startsWith("--")) {
      // An action may be tested under our name for it.
      names.addAll(all(Pattern.compile("`luks ([a-z0-9-]+)"), row.here(), ""));
    }
    return names;
  }

  private static Path test(String name) throws IOException {
    for (String module : List.of("cli", "attach", "luks")) {
      try (Stream<Path> files = Files.walk(repository().resolve(module + "/src/test"))) {
        Optional<Path> found = files.filter(file -> file.endsWith(name + ".java")).findFirst();
        if (found.isPresent()) {
          return found.get();
        }
      }
    }
    throw new AssertionError("there is no test " + name);
  }

  @Test
  void version_isPrinted() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, UTF_8);
    assertThat(Main.run(new Output(stream, stream), "--version")).isZero();
    assertThat(out.toString(UTF_8)).startsWith("secretfs ");
  }

  @Test
  void help_ofEachCommand_teachesWithAnExample() {
    String help = LuksCli.run("", "--help").done().out();
    assertThat(help).contains("Examples:", "Exit status:", "header-backup");
    List<String> commands = all(Pattern.compile("(?m)^  ([a-z]+(?:-[a-z]+)*)(?:,| )"), help, "");
    assertThat(commands).contains("format", "open", "erase", "token");
    for (String command : List.of("format", "add-key", "dump", "token", "read", "erase")) {
      assertThat(LuksCli.run("", command, "--help").done().out()).contains("Example");
    }
  }

  @Tag("long")
  @Test
  void example_runLineByLine_succeeds() throws Exception {
    assertThat(runExample(document()).out())
        .contains("a letter", "LUKS header information", "keyslots erased");
  }

  /** A run that is interrupted and goes on, as the document tells. */
  @Tag("long")
  @Test
  void reencryptionExample_runLineByLine_goesOnAfterTheInterruption() throws Exception {
    String document = Files.readString(repository().resolve("docs/reencryption.md"));
    assertThat(document).contains("## My run was interrupted, what now?");
    assertThat(runExample(document).out()).contains("a letter", "stopped by", ": done.");
  }

  /** Runs the lines of the first example of a document. */
  private LuksCli.Result runExample(String document) throws Exception {
    Matcher block = Pattern.compile("(?s)```sh\n(.*?)```").matcher(document);
    assertThat(block.find()).isTrue();
    Path script = folder.resolve("example.sh");
    String java =
        "%s --enable-native-access=ALL-UNNAMED -XX:TieredStopAtLevel=1 -cp '%s' %s"
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path"),
                Main.class.getName());
    // A function that runs in the background is a shell of its own: exec makes it the command.
    Path command = folder.resolve("secretfs");
    Files.writeString(command, "#!/bin/sh\nexec %s \"$@\"\n".formatted(java), UTF_8);
    assertThat(command.toFile().setExecutable(true)).isTrue();
    Files.writeString(
        script,
        "set -e\ncd \"$(dirname \"$0\")\"\nPATH=$PWD:$PATH\n%s".formatted(block.group(1)),
        UTF_8);
    return LuksCli.tool("", "bash", "-o", "pipefail", script).done();
  }
}
