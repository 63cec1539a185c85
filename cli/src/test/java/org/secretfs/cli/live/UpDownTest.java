package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.BlockDeviceStorage;
import org.secretfs.block.FaultyBlockDevice;
import org.secretfs.cli.quickstart.ByteSearch;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksProbe;
import software.amazon.awssdk.core.SdkBytes;

/** A volume's life through the real command, key manager, FUSE, loop device and ext4. */
class UpDownTest {
  private static final String TEXT = "what the applications wrote ".repeat(50);

  @TempDir private Path directory = Path.of("unset");
  private Lab lab;

  @BeforeEach
  void start() throws Exception {
    lab = Lab.in(directory);
  }

  @AfterEach
  void stop() throws Exception {
    lab.end();
  }

  private void upMustSucceed() throws Exception {
    Cli.Result result = lab.up();
    assertThat(result.status()).as(result.toString()).isZero();
  }

  private void writeText() throws Exception {
    Files.writeString(lab.mount().resolve("file"), TEXT);
    Lab.tool("sync", lab.mount().resolve("file").toString());
  }

  private void assertText() throws Exception {
    assertThat(lab.mount().resolve("file")).hasContent(TEXT);
  }

  private byte[] headerArea() throws IOException {
    try (var in = Files.newInputStream(lab.backing())) {
      return in.readNBytes(16 << 20);
    }
  }

  private void flip(long offset, int length) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(lab.backing().toFile(), "rw")) {
      byte[] bytes = new byte[length];
      file.seek(offset);
      file.readFully(bytes);
      for (int i = 0; i < length; i++) {
        bytes[i] ^= 0x5a;
      }
      file.seek(offset);
      file.write(bytes);
    }
  }

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

  /** Leaves what a format of ours leaves that was cut off where it shows. */
  private void markUnfinished() throws Exception {
    for (int operations = 1; operations < 50; operations++) {
      byte[] image = cutShort(operations);
      if (kindOf(image) == LuksProbe.Kind.UNFINISHED_FORMAT) {
        Files.write(lab.backing(), image);
        return;
      }
    }
    throw new AssertionError("no cut leaves an unfinished format that shows");
  }

  private static byte[] cutShort(int operations) throws Exception {
    FaultyBlockDevice device = new FaultyBlockDevice(new byte[64 << 20]).failAfter(operations);
    FormatOptions options = FormatOptions.builder(new KdfParameters.Pbkdf2("sha256", 1000)).build();
    try (SecretBuffer secret = SecretBuffer.random(32)) {
      Luks2Volume.format(new BlockDeviceStorage(device), options, secret);
    } catch (IOException e) {
      // The cut that was asked for.
      assertThat(e).isNotNull();
    }
    return device.content();
  }

  private static LuksProbe.Kind kindOf(byte[] image) throws Exception {
    return LuksProbe.probe(new BlockDeviceStorage(new FaultyBlockDevice(image))).kind();
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
  void up_blankDeviceAndAnAdministratorsPassphrase_getsASlowKeyslot() throws Exception {
    Files.createDirectories(lab.wrapped().getParent());
    Files.write(lab.wrapped(), encrypt("an administrator's passphrase"));
    upMustSucceed();
    assertThat(Lab.tool("cryptsetup", "luksDump", lab.backing().toString())).contains("argon2id");
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
  void up_secretThatOpensNothing_exitsThree() throws Exception {
    upMustSucceed();
    lab.down();
    Files.write(lab.wrapped(), encrypt("some other passphrase"));
    Cli.Result refused = lab.up();
    assertThat(refused.status()).as(refused.toString()).isEqualTo(3);
    assertThat(refused.err()).contains("opens none of the 1 keyslots");
  }

  private byte[] encrypt(String plaintext) {
    return lab.kms()
        .encrypt(r ->
            r.keyId(Lab.ALIAS)
                .plaintext(SdkBytes.fromUtf8String(plaintext))
                .encryptionContext(Map.of("volume", Lab.VOLUME)))
        .ciphertextBlob()
        .asByteArray();
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
    upMustSucceed();
    assertText();
  }

  private byte[] readWrapped() {
    try {
      return Files.readAllBytes(lab.wrapped());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
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

  private void killServer() throws Exception {
    ProcessHandle server = ProcessHandle.of(serverPid()).orElseThrow();
    server.destroyForcibly();
    server.onExit().get(30, TimeUnit.SECONDS);
  }

  private long serverPid() throws IOException {
    try (var files = Files.walk(directory.resolve("run"), 3)) {
      Path pid =
          files.filter(f -> f.getFileName().toString().endsWith(".pid")).findFirst().orElseThrow();
      return Long.parseLong(Files.readString(pid).strip().replaceAll("\\s.*", ""));
    }
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

  private static boolean contains(byte[] hay, byte[] needle) {
    for (int i = 0; i + needle.length <= hay.length; i++) {
      if (Arrays.equals(hay, i, i + needle.length, needle, 0, needle.length)) {
        return true;
      }
    }
    return false;
  }
}
