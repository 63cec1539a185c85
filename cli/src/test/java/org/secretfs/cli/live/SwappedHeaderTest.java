package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Headers that somebody put on the disk while the machine was off, through the real {@code up}. */
class SwappedHeaderTest extends LabTest {
  private void writeHeader(byte[] header) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(lab.backing().toFile(), "rw")) {
      file.write(header);
    }
  }

  private void cryptsetup(String... words) throws Exception {
    String[] command = Arrays.copyOf(new String[] {"cryptsetup"}, words.length + 2);
    System.arraycopy(words, 0, command, 1, words.length);
    command[command.length - 1] = lab.backing().toString();
    Lab.tool(command);
  }

  private void upIsRefused(String code, String text) throws Exception {
    byte[] before = headerArea();
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err()).contains(code, text, "secretfs manifest renew");
    assertThat(lab.status().json().get("volumes").get(0).get("attachment").isNull()).isTrue();
    assertThat(Arrays.equals(before, headerArea())).isTrue();
  }

  private Cli.Result manifest(String action, String... more) {
    String[] words = Arrays.copyOf(new String[] {"manifest", action}, 5 + more.length);
    words[2] = "--config";
    words[3] = lab.config().toString();
    System.arraycopy(more, 0, words, 4, more.length);
    words[words.length - 1] = Lab.VOLUME;
    return lab.cli().run(words);
  }

  /** Formats the disk as somebody would who has the secret's wrapped form but not the secret. */
  @Test
  void up_headerOfTheAttackers_isRefusedAndTheOwnersOpensAgain() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    byte[] owners = headerArea();
    Path key = Files.writeString(directory.resolve("attackers"), "known to the attacker");
    cryptsetup(
        "luksFormat",
        "--batch-mode",
        "--pbkdf",
        "pbkdf2",
        "--pbkdf-force-iterations",
        "1000",
        "--offset",
        "32768",
        "--key-file",
        key.toString());
    upIsRefused("MANIFEST_MISSING", "no manifest");
    writeHeader(owners);
    upMustSucceed();
    assertText();
  }

  @Test
  void up_manifestRemoved_isRefused() throws Exception {
    upMustSucceed();
    lab.down();
    cryptsetup("token", "remove", "--token-id", "1");
    upIsRefused("MANIFEST_MISSING", "somebody removed it");
  }

  @Test
  void up_keyDerivationChangedByCryptsetup_isRefusedUntilTheOwnerVouches() throws Exception {
    Files.createDirectories(lab.wrapped().getParent());
    Files.write(lab.wrapped(), encrypt("a passphrase of old"));
    upMustSucceed();
    writeText();
    lab.down();
    Path key = Files.writeString(directory.resolve("key"), "a passphrase of old");
    cryptsetup(
        "luksConvertKey",
        "--pbkdf",
        "pbkdf2",
        "--pbkdf-force-iterations",
        "1000",
        "--key-file",
        key.toString());
    upIsRefused("HEADER_NOT_AUTHENTIC", "keyslots.0.");
    assertThat(manifest("check").status()).isEqualTo(4);
    Cli.Result renewed = manifest("renew");
    assertThat(renewed.status()).as(renewed.toString()).isZero();
    assertThat(renewed.out()).contains("keyslot 0", "aes-xts-plain64", "epoch 1");
    upMustSucceed();
    assertText();
  }

  @Tag("long")
  @Test
  void up_keyslotTokenAndLabelOfTheOwners_opensAsBefore() throws Exception {
    Files.createDirectories(lab.wrapped().getParent());
    Files.write(lab.wrapped(), encrypt("a passphrase of old"));
    upMustSucceed();
    writeText();
    lab.down();
    Path key = Files.writeString(directory.resolve("key"), "a passphrase of old");
    Path second = Files.writeString(directory.resolve("second"), "a recovery key");
    Lab.tool(
        "cryptsetup",
        "luksAddKey",
        "--batch-mode",
        "--pbkdf",
        "pbkdf2",
        "--pbkdf-force-iterations",
        "1000",
        "--key-file",
        key.toString(),
        lab.backing().toString(),
        second.toString());
    cryptsetup("config", "--label", "renamed", "--priority", "prefer", "--key-slot", "0");
    upMustSucceed();
    assertText();
  }

  @Test
  void up_volumeThatOthersMade_isOpenedWhereTheRuleIsOptional() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    cryptsetup("token", "remove", "--token-id", "1");
    lab.configure("    manifest: optional\n");
    upMustSucceed();
    assertText();
    lab.down();
    lab.configure("    manifest: off\n");
    upMustSucceed();
    lab.down();
    lab.configure("");
    assertThat(lab.up().status()).isEqualTo(4);
  }

  @Tag("long")
  @Test
  void up_olderManifestPutBack_isRefusedWhereTheConfigurationAsksForALater() throws Exception {
    upMustSucceed();
    lab.down();
    byte[] old = headerArea();
    Cli.Result renewed = manifest("renew", "--epoch", "2");
    assertThat(renewed.status()).as(renewed.toString()).isZero();
    lab.configure("    manifest_epoch: 2\n");
    upMustSucceed();
    lab.down();
    writeHeader(old);
    upIsRefused("HEADER_NOT_AUTHENTIC", "epoch is 1, must be at least 2");
  }

  @Test
  void up_deviceByItsPath_needsAManifestToo() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    String device = lab.backing().toString();
    String[] up = {"up", "--mount", lab.mount().toString(), device};
    Cli.Result opened = lab.cli().run(up);
    assertThat(opened.status()).as(opened.toString()).isZero();
    assertText();
    assertThat(lab.cli().run("down", device).status()).isZero();
    cryptsetup("token", "remove", "--token-id", "1");
    assertThat(lab.cli().run(up).err()).contains("MANIFEST_MISSING");
  }
}
