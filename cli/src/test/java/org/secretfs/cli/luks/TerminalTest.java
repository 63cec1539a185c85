package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.run;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person at a terminal is asked, sees and can undo. */
class TerminalTest {
  @TempDir private Path folder;
  private Path image = Path.of("unset");

  @BeforeEach
  void format() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/script")), "script of util-linux is not installed");
    image = LuksCli.file(folder, "image", 20 << 20);
    run("first-secret\n", "format", CHEAP, image).done();
  }

  private TerminalSession luks(Object... words) throws Exception {
    return TerminalSession.start(folder, words);
  }

  private boolean opens(String passphrase) {
    return run(passphrase + "\n", "open", "--test-passphrase", image).status() == 0;
  }

  @Test
  void addKey_wrongThenRightThenNewOneTwice_isAddedAndNothingTypedIsShown() throws Exception {
    try (TerminalSession session = luks("add-key", CHEAP, image)) {
      session.expect("Enter passphrase for " + image);
      session.type("wrong-secret");
      session.expect("No key available with this passphrase.");
      session.expect("Enter passphrase for " + image);
      session.type("first-secret");
      session.expect("Enter new passphrase for key slot: ");
      session.type("second-secret");
      session.expect("Verify passphrase: ");
      session.type("second-secret");
      session.expect("Key slot 1 created.");
      assertThat(session.end(0)).doesNotContain("-secret");
    }
    assertThat(opens("first-secret")).isTrue();
    assertThat(opens("second-secret")).isTrue();
  }

  @Test
  void addKey_newOnesDiffer_isRefusedAndNothingChanges() throws Exception {
    byte[] before = Files.readAllBytes(image);
    try (TerminalSession session = luks("add-key", CHEAP, image)) {
      session.expect("Enter passphrase for " + image);
      session.type("first-secret");
      session.expect("Enter new passphrase for key slot: ");
      session.type("second-secret");
      session.expect("Verify passphrase: ");
      session.type("second-secrte");
      session.expect("the two passphrases differ");
      assertThat(session.end(2)).doesNotContain("second-");
    }
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void open_asManyWrongOnesAsTries_isDenied() throws Exception {
    try (TerminalSession session = luks("open", "--test-passphrase", "--tries", "2", image)) {
      session.expect("Enter passphrase for ");
      session.type("wrong");
      session.expect("Enter passphrase for ");
      session.type("wrong");
      session.expect("NO_KEYSLOT_OPENED");
      assertThat(session.end(3).split("Enter passphrase", -1)).hasSize(3);
    }
  }

  @Test
  void open_nothingTypedInTime_ends() throws Exception {
    try (TerminalSession session = luks("open", "--test-passphrase", "--timeout", "1", image)) {
      session.expect("Enter passphrase for ");
      session.expect("nothing was typed in time");
      assertThat(session.end(4)).contains("DEVICE_FAILED");
    }
  }

  @Test
  void erase_anythingButYesInCapitals_changesNothing_yesErases() throws Exception {
    byte[] before = Files.readAllBytes(image);
    try (TerminalSession session = luks("erase", image)) {
      session.expect("WARNING!");
      session.expect("Type 'yes' in capital letters");
      session.type("yes");
      session.expect("NOT_CONFIRMED");
      assertThat(session.end(2)).contains("nothing was changed");
    }
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
    try (TerminalSession session = luks("erase", image)) {
      session.expect("Type 'yes' in capital letters");
      session.type("YES");
      // What is no secret is shown as it is typed.
      session.expect("YES");
      session.expect("1 keyslots erased.");
      assertThat(session.end(0)).contains("erase all keyslots on device " + image);
    }
    assertThat(opens("first-secret")).isFalse();
  }

  @Test
  void addKey_interruptedAtAPrompt_leavesTerminalAndVolumeAsTheyWere() throws Exception {
    byte[] before = Files.readAllBytes(image);
    try (TerminalSession session = luks("add-key", CHEAP, image)) {
      session.expect("Enter passphrase for ");
      session.type("first-secret");
      session.expect("Enter new passphrase for key slot: ");
      session.pressInterrupt();
      assertThat(session.end(130)).doesNotContain("-secret");
    }
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void format_interruptedAtThePassphrase_leavesTheDeviceBlank() throws Exception {
    Path blank = LuksCli.file(folder, "blank", 20 << 20);
    try (TerminalSession session = luks("format", CHEAP, blank)) {
      session.expect(blank + " is blank: no data was found on it.");
      session.expect("Type 'yes' in capital letters");
      session.type("YES");
      session.expect("Enter passphrase for " + blank);
      session.pressInterrupt();
      assertThat(session.end(130)).doesNotContain("UUID");
    }
    assertThat(Files.readAllBytes(blank)).containsOnly(0);
  }
}
