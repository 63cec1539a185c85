package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What keeps a volume from coming up, and that nothing is changed then. */
class UpRefusesTest extends LabTest {
  @Test
  void up_keyDisabled_exitsThreeAndChangesNothing() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    byte[] before = headerArea();
    String id = lab.kms().describeKey(r -> r.keyId(Lab.ALIAS)).keyMetadata().keyId();
    lab.kms().disableKey(r -> r.keyId(id));
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(3);
    assertThat(refused.err()).contains("KEY_DISABLED", "try: enable the key");
    assertThat(Arrays.equals(before, headerArea())).isTrue();
    assertThat(lab.state()).isEqualTo("failed");
    lab.kms().enableKey(r -> r.keyId(id));
    upMustSucceed();
    assertText();
  }

  @Test
  void up_foreignData_isNeverFormattedUntilTheOwnerSaysSo() throws Exception {
    Files.write(lab.backing(), new byte[64 << 20]);
    Lab.tool("mkfs.ext4", "-q", "-F", lab.backing().toString());
    byte[] before = headerArea();
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err())
        .contains("not blank and not LUKS", "ext", "--format-over-existing-data VOLUME");
    assertThat(Arrays.equals(before, headerArea())).isTrue();
    assertThat(lab.wrapped()).doesNotExist();
    Cli.Result allowed = lab.up("--format-over-existing-data", Lab.VOLUME);
    assertThat(allowed.status()).as(allowed.toString()).isZero();
    assertThat(lab.state()).isEqualTo("mounted");
  }

  @Test
  void up_formatOverExistingDataOnAVolumeOfOurs_keepsTheVolume() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    assertThat(lab.up("--format-over-existing-data", Lab.VOLUME).status()).isZero();
    assertText();
  }

  @Test
  void up_primaryHeaderDamaged_opensBySecondaryAndRepairs() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    byte[] good = Arrays.copyOf(headerArea(), 16 << 10);
    flip(4096, 512);
    upMustSucceed();
    assertText();
    byte[] repaired = Arrays.copyOf(headerArea(), 16 << 10);
    assertThat(Arrays.equals(good, repaired)).isFalse();
    assertThat(lab.status().json().get("volumes").get(0).get("damaged_header_copy").isNull())
        .isTrue();
    assertThat(Lab.tool("cryptsetup", "luksDump", lab.backing().toString())).contains("secretfs");
  }

  @Test
  void up_onlyTheOlderCopySaysPending_neverMakesAFileSystemOverData() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    byte[] header = headerArea();
    String stale =
        Lab.tool("cryptsetup", "token", "export", "--token-id", "0", lab.backing().toString())
            .replace("\"made\"", "\"pending\"");
    Path token = Files.writeString(directory.resolve("token.json"), stale);
    Lab.tool("cryptsetup", "token", "remove", "--token-id", "0", lab.backing().toString());
    Lab.tool(
        "cryptsetup",
        "token",
        "import",
        "--token-id",
        "0",
        "--json-file",
        token.toString(),
        lab.backing().toString());
    flip(4096, 512);
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err()).contains("no file system was made", "ext4");
    assertThat(lab.status().json().get("volumes").get(0).get("attachment").isNull()).isTrue();
    try (RandomAccessFile file = new RandomAccessFile(lab.backing().toFile(), "rw")) {
      file.write(header);
    }
    upMustSucceed();
    assertText();
  }

  @Test
  void up_unfinishedFormatWithDataBehindTheHeader_isForeign() throws Exception {
    assertThat(
            lab.cli()
                .finish(
                    lab.cli()
                        .start(
                            KilledUp.class, "up", lab.config().toString(), "after", "CREATE_FILE"))
                .status())
        .isEqualTo(137);
    markUnfinished();
    assertThat(lab.state()).isEqualTo("absent");
    try (RandomAccessFile file = new RandomAccessFile(lab.backing().toFile(), "rw")) {
      file.seek(40 << 20);
      file.writeBytes("somebody's data");
    }
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err()).contains("data at byte " + (40 << 20));
  }

  @Test
  void up_sameNameOnAnotherDevice_touchesNeither() throws Exception {
    upMustSucceed();
    writeText();
    Lab.tool("umount", lab.mount().toString());
    String yaml = Files.readString(lab.config());
    Files.copy(lab.backing(), directory.resolve("other.img"));
    Files.writeString(lab.config(), yaml.replace("disk.img", "other.img"));
    for (String command : new String[] {"up", "down"}) {
      Cli.Result refused = lab.cli().run(command, "--config", lab.config().toString());
      assertThat(refused.status()).as(refused.toString()).isEqualTo(4);
      assertThat(refused.err()).contains("a volume of this name is attached");
    }
    Files.writeString(lab.config(), yaml);
    upMustSucceed();
    assertText();
  }

  @Test
  void up_headerLockHeldByAnother_isNeverTakenForDamage() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    Process holder =
        new ProcessBuilder("flock", "--exclusive", lab.backing().toString(), "sleep", "120")
            .start();
    try {
      TimeUnit.SECONDS.sleep(1);
      Cli.Result refused = lab.up("--format-over-existing-data", Lab.VOLUME);
      assertThat(refused.status()).as(refused.toString()).isEqualTo(5);
      assertThat(refused.err()).contains("HEADER_BUSY");
    } finally {
      holder.descendants().forEach(ProcessHandle::destroyForcibly);
      holder.destroyForcibly().waitFor();
    }
    upMustSucceed();
    assertText();
  }

  @Test
  void up_auditTrailUnwritable_withholdsTheSecretAndSaysWhy() throws Exception {
    upMustSucceed();
    lab.down();
    Path trail = directory.resolve("state/audit");
    Path kept = Files.move(trail, directory.resolve("kept"));
    Files.writeString(trail, "a file where a directory should be");
    Cli.Result refused = lab.up();
    assertThat(refused.err()).contains("AUDIT_UNWRITABLE");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(lab.state()).isEqualTo("failed");
    Files.delete(trail);
    Files.move(kept, trail);
  }

  @Test
  void up_bothHeadersDamaged_exitsFourAndChangesNothing() throws Exception {
    upMustSucceed();
    lab.down();
    flip(4096, 512);
    flip(16384 + 4096, 512);
    byte[] before = headerArea();
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err()).contains("damaged LUKS header");
    assertThat(Arrays.equals(before, headerArea())).isTrue();
  }

  @Test
  void up_blobOfAnotherContext_exitsThreeAndNamesKeyAndContext() throws Exception {
    upMustSucceed();
    lab.down();
    lab.configure("encryption_context: {volume: other}", "");
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(3);
    assertThat(refused.err()).contains(Lab.ALIAS, "volume", "other");
    lab.configure("");
  }

  @Test
  void up_blobOfAnotherKey_exitsThreeAndNamesTheKey() throws Exception {
    upMustSucceed();
    lab.down();
    String other = lab.kms().createKey(r -> {}).keyMetadata().keyId();
    lab.kms().updateAlias(r -> r.aliasName(Lab.ALIAS).targetKeyId(other));
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(3);
    assertThat(refused.err()).contains(Lab.ALIAS);
  }

  @Test
  void up_keyManagerAway_exitsFive() throws Exception {
    upMustSucceed();
    lab.down();
    String yaml = Files.readString(lab.config());
    Files.writeString(lab.config(), yaml.replace(lab.endpoint().toString(), "http://127.0.0.1:1"));
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(5);
    assertThat(refused.err()).contains("127.0.0.1:1");
    Files.writeString(lab.config(), yaml);
  }

  @Test
  void up_misspeltName_exitsTwoWithLineAndNearestName() throws Exception {
    lab.configure("    filesytem: ext4\n");
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(2);
    assertThat(refused.err()).containsPattern("secretfs\\.yaml:\\d+: .*did you mean 'filesystem'");
    lab.configure("");
  }
}
