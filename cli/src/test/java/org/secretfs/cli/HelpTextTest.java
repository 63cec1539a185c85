package org.secretfs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.cli.output.Output;

class HelpTextTest {
  private static String help(String... command) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    String[] words = java.util.Arrays.copyOf(command, command.length + 1);
    words[command.length] = "--help";
    assertThat(Main.run(new Output(stream, stream), words)).isZero();
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void help_listOfCommands_showsWholeSentences() {
    String list = help("luks").replaceAll("\\s+", " ");
    assertThat(list)
        .contains("Makes a volume with one keyslot. ")
        .contains("encrypts a device in place, or decrypts one. ");
  }

  @Test
  void help_description_isBrokenOnceOnly() {
    List<String> lines = help("luks", "format").lines().toList();
    int first = lines.indexOf("Makes a volume with one keyslot.");
    assertThat(first).isPositive();
    assertThat(lines.get(first + 1)).hasSizeBetween(60, 80);
    assertThat(lines.get(first + 2)).hasSizeBetween(60, 80);
  }

  @ParameterizedTest
  @ValueSource(strings = {"format", "reencrypt", "open", "header-restore", "token", "add-key"})
  void help_examples_areNotBroken(String command) {
    String help = help("luks", command);
    String examples = help.substring(help.indexOf("Example"));
    assertThat(examples.lines().skip(1).filter(line -> !line.isBlank()))
        .allMatch(line ->
            line.startsWith("  secretfs")
                || line.startsWith("  # ")
                || line.startsWith("  resize2fs"));
  }
}
