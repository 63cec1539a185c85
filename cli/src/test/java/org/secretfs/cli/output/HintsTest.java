package org.secretfs.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.secretfs.agent.AgentError;
import org.secretfs.agent.AgentException;
import org.secretfs.cli.Main;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.luks.LuksException;

/** Advice that can be followed: it names commands that are there, and ours where we have one. */
class HintsTest {
  private static final Pattern LUKS_COMMAND = Pattern.compile("secretfs luks ([a-z]+(?:-[a-z]+)*)");

  private static List<LuksException> luksFailures() {
    return List.of(
        new LuksException.NotLuks("x"),
        new LuksException.CorruptHeader(0, "x"),
        new LuksException.UnsupportedFeature("x"),
        new LuksException.NoKeyslotOpened(1),
        new LuksException.HeaderChanged(),
        new LuksException.HeaderBusy("x"),
        new LuksException.FormatUnfinished(),
        new LuksException.SignaturesAmbiguous("x"),
        new LuksException.TokenInvalid("x"),
        new LuksException.KeyslotInvalid("x"),
        new LuksException.ManifestMissing(),
        new LuksException.ManifestBroken("x"),
        new LuksException.HeaderNotVouchedFor("x"),
        new LuksException.BackupRefused("x"),
        new LuksException.NoRoom("x"),
        new LuksException.ReencryptionUnfinished(),
        new LuksException.ReencryptionRefused("x"));
  }

  private static Stream<String> hints() {
    return Stream.of(
            luksFailures().stream(),
            Arrays.stream(AgentError.values()).map(code -> new AgentException(code, "x")),
            Arrays.stream(CliError.values()).map(code -> new CliException(code, "x")))
        .flatMap(failures -> failures)
        .flatMap(failure -> FailureReport.hint(failure).stream());
  }

  @Test
  void hint_ofEveryLuksFailure_isThere() {
    assertThat(luksFailures()).allMatch(failure -> FailureReport.hint(failure).isPresent());
  }

  @Test
  void hint_ofAnyFailure_sendsNobodyToCryptsetupForWhatWeHave() {
    assertThat(hints())
        .isNotEmpty()
        .noneMatch(hint -> hint.matches("(?s).*cryptsetup (luks|er|re).*"));
  }

  @Test
  void hint_namingALuksCommand_namesOneThatExists() {
    Set<String> named = new HashSet<>();
    hints()
        .forEach(hint -> {
          Matcher matcher = LUKS_COMMAND.matcher(hint);
          while (matcher.find()) {
            named.add(matcher.group(1));
          }
        });
    assertThat(named).contains("dump", "erase", "repair", "header-restore", "convert");
    for (String command : named) {
      assertThat(Main.run(Output.standard(), "luks", command, "--help")).as(command).isZero();
    }
  }

  /** Formatting over a volume needs it erased first, whatever the options say. */
  @Test
  void hint_volumeHasKeyslots_namesEraseBeforeFormat() {
    CliException failure = new CliException(CliError.VOLUME_HAS_KEYSLOTS, "x");
    assertThat(FailureReport.hint(failure).orElseThrow())
        .containsSubsequence("secretfs luks erase", "--over-existing-data");
  }
}
