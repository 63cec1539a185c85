package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.secretfs.cli.quickstart.ByteSearch;
import software.amazon.awssdk.core.SdkBytes;

/** A volume's life through the real command, key manager, FUSE, loop device and ext4. */
class UpDownTest extends LabTest {
  @Test
  void up_noFileYet_makesVolumeThatKeepsItsDataAndShowsOnlyCiphertext() throws Exception {
    upMustSucceed();
    writeText();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lab.backing())))
        .isEqualTo("rw-------");
    assertThat(lab.down().status()).isZero();
    assertThat(lab.mount().resolve("file")).doesNotExist();
    assertThat(
            ByteSearch.contains(
                lab.backing(), TEXT.substring(0, 28).getBytes(StandardCharsets.UTF_8)))
        .isFalse();
    upMustSucceed();
    assertText();
  }

  @Test
  void up_whileMounted_changesNothing() throws Exception {
    upMustSucceed();
    writeText();
    upMustSucceed();
    assertText();
  }

  @Test
  void up_newVolume_realCryptsetupAcceptsHeaderAndToken() throws Exception {
    upMustSucceed();
    String dump = Lab.tool("cryptsetup", "luksDump", lab.backing().toString());
    assertThat(dump).contains("aes-xts-plain64", "Key:        512 bits", "0: secretfs");
    String token =
        Lab.tool("cryptsetup", "token", "export", "--token-id", "0", lab.backing().toString());
    assertThat(token).contains("\"key_id\":\"" + Lab.ALIAS + "\"").contains("\"made\"");
  }

  @Test
  void status_eachStateOfALife_isTold() throws Exception {
    assertThat(lab.state()).isEqualTo("absent");
    upMustSucceed();
    JsonNode volume = lab.status().json().get("volumes").get(0);
    assertThat(volume.get("state").asText()).isEqualTo("mounted");
    assertThat(volume.get("attachment").asText()).isEqualTo("fuse");
    assertThat(volume.get("format").asText()).isEqualTo("LUKS2");
    assertThat(volume.get("cipher").asText()).isEqualTo("aes-xts-plain64");
    assertThat(volume.get("key_source").asText()).isEqualTo("kms");
    assertThat(volume.get("device").asText()).isEqualTo(lab.backing().toString());
    Lab.tool("umount", lab.mount().toString());
    assertThat(lab.state()).isEqualTo("open");
    upMustSucceed();
    assertThat(lab.state()).isEqualTo("mounted");
    lab.down();
    assertThat(lab.state()).isEqualTo("closed");
  }

  @Test
  void up_volumeAppearsWhileTheSecretIsMade_isNotFormattedOver() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    Path away = Files.move(lab.backing(), directory.resolve("away.img"));
    Files.delete(lab.wrapped());
    Cli.Running waiting =
        lab.cli()
            .start(
                PausedUp.class, lab.config().toString(), away.toString(), lab.backing().toString());
    Cli.Result refused = lab.cli().finish(waiting);
    assertThat(refused.status()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err()).contains("got a LUKS volume while its secret was made");
  }

  @Test
  void up_blankDeviceAndAnAdministratorsPassphrase_getsASlowKeyslot() throws Exception {
    Files.createDirectories(lab.wrapped().getParent());
    Files.write(lab.wrapped(), encrypt("an administrator's passphrase"));
    upMustSucceed();
    assertThat(Lab.tool("cryptsetup", "luksDump", lab.backing().toString())).contains("argon2id");
  }

  @Test
  void up_fileTruncatedIntoTheHeader_exitsFour() throws Exception {
    upMustSucceed();
    lab.down();
    try (RandomAccessFile file = new RandomAccessFile(lab.backing().toFile(), "rw")) {
      file.setLength(20_000);
    }
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(4);
  }

  @Test
  void up_secretThatOpensNothing_exitsThree() throws Exception {
    upMustSucceed();
    lab.down();
    Files.write(lab.wrapped(), encrypt("some other passphrase"));
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(3);
    assertThat(refused.err()).contains("opens no keyslot", "made no manifest");
  }

  @Test
  void up_secretThatAnAdministratorWrapped_opensTheKeyslotThatCryptsetupAdded() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    byte[] secret =
        lab.kms()
            .decrypt(r ->
                r.ciphertextBlob(SdkBytes.fromByteArray(readWrapped()))
                    .encryptionContext(Map.of("volume", Lab.VOLUME)))
            .plaintext()
            .asByteArray();
    Path old = Files.write(directory.resolve("old.key"), secret);
    Path fresh = Files.writeString(directory.resolve("new.key"), "an administrator's passphrase");
    Lab.tool(
        "cryptsetup",
        "luksAddKey",
        "--pbkdf",
        "pbkdf2",
        "--key-file",
        old.toString(),
        lab.backing().toString(),
        fresh.toString());
    Files.delete(lab.wrapped());
    Files.write(lab.wrapped(), encrypt("an administrator's passphrase"));
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(4);
    assertThat(refused.err()).contains("HEADER_NOT_AUTHENTIC", "secretfs manifest renew");
    Cli.Result vouched =
        lab.cli().run("manifest", "renew", "--config", lab.config().toString(), Lab.VOLUME);
    assertThat(vouched.status()).as(vouched.toString()).isZero();
    upMustSucceed();
    assertText();
  }

  @Test
  void up_json_tellsStateAsOneDocument() throws Exception {
    Cli.Result result = lab.up("--json");
    assertThat(result.json().get("volumes").get(0).get("state").asText()).isEqualTo("mounted");
  }

  @Test
  void up_twoAtOnce_oneWaitsAndBothSucceed() throws Exception {
    String[] arguments = {"up", "--config", lab.config().toString()};
    Cli.Running first = lab.cli().start(org.secretfs.cli.Main.class, arguments);
    Cli.Running second = lab.cli().start(org.secretfs.cli.Main.class, arguments);
    Cli.Result one = lab.cli().finish(first);
    Cli.Result two = lab.cli().finish(second);
    assertThat(one.status()).as(one.toString()).isZero();
    assertThat(two.status()).as(two.toString()).isZero();
    assertThat(lab.state()).isEqualTo("mounted");
  }

  @Test
  void up_deviceWithoutConfiguration_opensByItsToken() throws Exception {
    upMustSucceed();
    writeText();
    lab.down();
    Path elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    String device = lab.backing().toString();
    Cli.Result up = lab.cli().run("up", device, "--mount", elsewhere.toString());
    try {
      assertThat(up.status()).as(up.toString()).isZero();
      assertThat(elsewhere.resolve("file")).hasContent(TEXT);
    } finally {
      Cli.Result down = lab.cli().run("down", device);
      assertThat(down.status()).as(down.toString()).isZero();
    }
    assertThat(elsewhere.resolve("file")).doesNotExist();
  }

  @Test
  void down_afterTheServerWasKilled_cleansUpAndNothingSyncedIsLost() throws Exception {
    upMustSucceed();
    writeText();
    killServer();
    assertThat(lab.state()).isEqualTo("failed");
    assertThat(lab.down().status()).isZero();
    assertThat(lab.state()).isEqualTo("closed");
    upMustSucceed();
    assertText();
  }

  @Test
  void up_afterTheServerWasKilled_cleansUpAndMountsAgain() throws Exception {
    upMustSucceed();
    writeText();
    killServer();
    upMustSucceed();
    assertText();
  }

  @Test
  void up_secretAndVolumeKey_areInNoFileArgumentOrEnvironment() throws Exception {
    upMustSucceed();
    byte[] secret =
        lab.kms()
            .decrypt(r ->
                r.ciphertextBlob(SdkBytes.fromByteArray(readWrapped()))
                    .encryptionContext(Map.of("volume", Lab.VOLUME)))
            .plaintext()
            .asByteArray();
    Path proc = Path.of("/proc", Long.toString(serverPid()));
    for (String name : new String[] {"cmdline", "environ"}) {
      assertThat(contains(Files.readAllBytes(proc.resolve(name)), secret)).as(name).isFalse();
    }
    try (var files = Files.walk(directory)) {
      for (Path file :
          files.filter(Files::isRegularFile).filter(f -> !f.startsWith(lab.mount())).toList()) {
        assertThat(ByteSearch.contains(file, secret)).as(file.toString()).isFalse();
      }
    }
    assertThat(contains(secret.clone(), secret)).isTrue();
  }
}
