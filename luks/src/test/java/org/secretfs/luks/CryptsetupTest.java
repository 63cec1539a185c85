package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;

/** Volumes handed to cryptsetup and taken from it: the oracle of the format. */
class CryptsetupTest {
  @TempDir Path folder;
  private Path image = Path.of("");

  @BeforeEach
  void makeImage() throws IOException {
    Tools.require("cryptsetup");
    image = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(24 << 20);
    }
  }

  private String cryptsetup(String input, Object... arguments) throws Exception {
    return Tools.runWithInput(input, command(arguments));
  }

  private static Object[] command(Object... arguments) {
    Object[] command = new Object[arguments.length + 1];
    command[0] = "cryptsetup";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    return command;
  }

  private void format(FormatOptions options) throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      Luks2Volume.format(storage, options, passphrase);
    }
  }

  private int testPassphrase(String passphrase) throws Exception {
    return Tools.start(passphrase, command("open", "--test-passphrase", "--key-file", "-", image))
        .status();
  }

  private static List<KdfParameters> kdfs() {
    return List.of(
        new KdfParameters.Pbkdf2("sha256", 1000),
        new KdfParameters.Pbkdf2("sha512", 2000),
        new KdfParameters.Argon2id(4, 32 << 10, 2),
        new KdfParameters.Argon2i(4, 32 << 10, 1));
  }

  @Test
  void format_eachKdf_cryptsetupOpensAndRefuses() throws Exception {
    for (KdfParameters kdf : kdfs()) {
      for (int bits : new int[] {256, 512}) {
        format(FormatOptions.builder(kdf).keySizeBits(bits).sectorSize(4096).build());
        assertThat(testPassphrase("right")).as("%s %d", kdf, bits).isZero();
        assertThat(testPassphrase("wrong")).as("%s %d", kdf, bits).isEqualTo(2);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 32, 64, 128, 256, 512, 1024, 2048, 4096})
  void format_eachMetadataSize_cryptsetupOpens(int kib) throws Exception {
    format(FormatOptions.builder(TestVolumes.CHEAP).metadataSizeBytes(kib << 10).build());
    assertThat(testPassphrase("right")).isZero();
    assertThat(cryptsetup("", "luksDump", image)).contains("Metadata area: \t" + (kib << 10));
  }

  @Test
  void format_withNames_cryptsetupShowsThem() throws Exception {
    UUID uuid = UUID.randomUUID();
    format(
        FormatOptions.builder(TestVolumes.CHEAP)
            .uuid(uuid)
            .label("scratch")
            .subsystem("secretfs")
            .sectorSize(4096)
            .token(SecretfsToken.of(Set.of(0), "v", Map.of("kind", "kms")).toToken())
            .build());
    assertThat(cryptsetup("", "luksDump", image))
        .contains(uuid.toString())
        .contains("scratch")
        .contains("secretfs")
        .contains("offset: 16777216 [bytes]")
        .contains("sector: 4096 [bytes]")
        .contains("Keyslots area: \t16744448");
    assertThat(cryptsetup("", "luksUUID", image).strip()).isEqualTo(uuid.toString());
  }

  @Test
  void format_anything_cryptsetupFindsNothingToRepair() throws Exception {
    format(FormatOptions.builder(TestVolumes.CHEAP).build());
    String debug = cryptsetup("", "luksDump", "--debug", image);
    assertThat(debug).doesNotContain("recovery").doesNotContain("Repairing");
  }

  @ParameterizedTest
  @CsvSource({
    "512,512,'--pbkdf pbkdf2 --pbkdf-force-iterations 1000'",
    "4096,512,'--pbkdf pbkdf2 --pbkdf-force-iterations 1000 --hash sha512'",
    "4096,256,'--pbkdf argon2id --pbkdf-memory 32768 --pbkdf-force-iterations 4'",
    "1024,512,'--pbkdf argon2i --pbkdf-memory 32768 --pbkdf-force-iterations 4'",
    "2048,512,'--pbkdf argon2id --pbkdf-memory 32768 --pbkdf-force-iterations 4'",
  })
  void read_volumeOfCryptsetup_opens(int sectorSize, int bits, String options) throws Exception {
    luksFormat(sectorSize, bits, options);
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
      Luks2Volume volume = Luks2Volume.read(storage);
      assertThat(volume.segment().sectorSize()).isEqualTo(sectorSize);
      assertThat(volume.label()).isEqualTo("theirs");
      assertThat(volume.needsRepair()).isFalse();
      assertThat(TestVolumes.opens(storage, "right")).isTrue();
      try (SecretBuffer passphrase = TestVolumes.passphrase("right");
          VolumeKey key = volume.unlock(passphrase)) {
        assertThat(key.length()).isEqualTo(bits / 8);
        assertThat(cryptsetupKey()).isEqualTo(bytes(key));
      }
    }
  }

  private void luksFormat(int sectorSize, int bits, String options) throws Exception {
    List<Object> command = new java.util.ArrayList<>(List.of("luksFormat", "-q"));
    command.addAll(List.of("--type", "luks2", "--label", "theirs"));
    command.addAll(List.of("--sector-size", sectorSize, "--key-size", bits));
    command.addAll(List.of(options.split(" ", -1)));
    command.addAll(List.of(image, "-"));
    cryptsetup("right", command.toArray());
  }

  private ByteBuffer cryptsetupKey() throws Exception {
    Path file = folder.resolve("volume-key");
    cryptsetup(
        "right",
        "luksDump",
        "-q",
        "--dump-volume-key",
        "--volume-key-file",
        file,
        image,
        "--key-file",
        "-");
    return ByteBuffer.wrap(java.nio.file.Files.readAllBytes(file));
  }

  private static ByteBuffer bytes(VolumeKey key) {
    return ByteBuffer.wrap(key.secret().segment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
  }

  @Test
  void addToken_ours_cryptsetupExportsIt() throws Exception {
    format(FormatOptions.builder(TestVolumes.CHEAP).build());
    Token token = SecretfsToken.of(Set.of(0), "größe", Map.of("kind", "kms")).toToken();
    try (FileLuksStorage storage = FileLuksStorage.open(image)) {
      Luks2Volume.read(storage).putToken(5, token);
    }
    assertThat(cryptsetup("", "luksDump", image)).contains("5: secretfs");
    String exported = cryptsetup("", "token", "export", "--token-id", "5", image);
    assertThat(Token.parse(exported.strip())).isEqualTo(token);
    assertThat(testPassphrase("right")).isZero();
  }

  @Test
  void tokens_importedByCryptsetup_areReadAndKept() throws Exception {
    format(FormatOptions.builder(TestVolumes.CHEAP).build());
    String json = "{\"type\":\"theirs\",\"keyslots\":[\"0\"],\"data\":{\"n\":[1,\"x\",null]}}";
    cryptsetup(json, "token", "import", image);
    try (FileLuksStorage storage = FileLuksStorage.open(image)) {
      Luks2Volume volume = Luks2Volume.read(storage);
      assertThat(volume.tokens()).containsOnly(Map.entry(0, Token.parse(json)));
      volume.addToken(TestVolumes.token("ours"));
    }
    String exported = cryptsetup("", "token", "export", "--token-id", "0", image);
    assertThat(Token.parse(exported.strip())).isEqualTo(Token.parse(json));
  }

  @Test
  void repair_ofEitherCopy_cryptsetupFindsNothingToRepair() throws Exception {
    for (long damage : new long[] {0, 4200, (16 << 10) + 4200}) {
      format(FormatOptions.builder(TestVolumes.CHEAP).build());
      flip(damage);
      try (FileLuksStorage storage = FileLuksStorage.open(image)) {
        Luks2Volume volume = Luks2Volume.read(storage);
        assertThat(volume.needsRepair()).isTrue();
        volume.repair();
      }
      assertThat(cryptsetup("", "luksDump", "--debug", image)).doesNotContain("recovery");
      assertThat(testPassphrase("right")).isZero();
    }
  }

  @Test
  void damage_repairedByCryptsetup_isReadAsGood() throws Exception {
    for (long damage : new long[] {4200, (16 << 10) + 4200}) {
      format(FormatOptions.builder(TestVolumes.CHEAP).build());
      flip(damage);
      assertThat(cryptsetup("", "luksDump", "--debug", image)).contains("recovery");
      try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
        assertThat(Luks2Volume.read(storage).needsRepair()).isFalse();
      }
    }
  }

  private void flip(long offset) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(offset);
      int old = file.read();
      file.seek(offset);
      file.write(old ^ 1);
    }
  }

  @Test
  void unlock_keyslotsAddedByCryptsetup_eachOpens() throws Exception {
    format(FormatOptions.builder(TestVolumes.CHEAP).build());
    Path second = folder.resolve("second");
    java.nio.file.Files.writeString(second, "another");
    cryptsetup(
        "right",
        "luksAddKey",
        "--pbkdf",
        "pbkdf2",
        "--pbkdf-force-iterations",
        "1000",
        "--key-file",
        "-",
        image,
        second);
    cryptsetup("", "config", "--key-slot", "1", "--priority", "prefer", image);
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
      assertThat(Luks2Volume.read(storage).keyslots().get(1))
          .extracting(KeyslotInfo::priority)
          .isEqualTo(KeyslotInfo.Priority.PREFER);
      assertThat(TestVolumes.opens(storage, "right")).isTrue();
      assertThat(TestVolumes.opens(storage, "another")).isTrue();
    }
  }

  @Test
  void read_luks1OfCryptsetup_isRecognisedAsSuch() throws Exception {
    cryptsetup(
        "right",
        "luksFormat",
        "-q",
        "--type",
        "luks1",
        "--pbkdf-force-iterations",
        "1000",
        image,
        "-");
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
      assertThat(LuksProbe.probe(storage).kind()).isEqualTo(LuksProbe.Kind.LUKS1);
    }
  }

  @Test
  void format_detached_cryptsetupOpensIt() throws Exception {
    format(FormatOptions.builder(TestVolumes.CHEAP).dataOffsetBytes(0).build());
    Path data = java.nio.file.Files.write(folder.resolve("data"), new byte[1 << 20]);
    assertThat(cryptsetup("", "luksDump", image)).contains("offset: 0 [bytes]");
    Object[] open =
        command("open", "--test-passphrase", "--key-file", "-", "--header", image, data);
    assertThat(Tools.start("right", open).status()).isZero();
    assertThat(Tools.start("wrong", open).status()).isEqualTo(2);
  }

  @Test
  void read_detachedOfCryptsetup_opens() throws Exception {
    Path data = java.nio.file.Files.write(folder.resolve("data"), new byte[1 << 20]);
    cryptsetup(
        "right",
        "luksFormat",
        "-q",
        "--type",
        "luks2",
        "--pbkdf",
        "pbkdf2",
        "--pbkdf-force-iterations",
        "1000",
        "--header",
        image,
        data,
        "-");
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
      assertThat(Luks2Volume.read(storage).segment().offsetBytes()).isZero();
      assertThat(TestVolumes.opens(storage, "right")).isTrue();
    }
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(data)) {
      assertThat(LuksProbe.probe(storage).kind()).isEqualTo(LuksProbe.Kind.NONE);
    }
  }

  @Test
  void keyslots_addedChangedAndRemoved_cryptsetupOpensWithWhatIsLeft() throws Exception {
    format(FormatOptions.builder(TestVolumes.CHEAP).build());
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer right = TestVolumes.passphrase("right");
        SecretBuffer second = TestVolumes.passphrase("second");
        SecretBuffer third = TestVolumes.passphrase("third")) {
      Luks2Volume volume = Luks2Volume.read(storage);
      try (VolumeKey key = volume.unlock(right)) {
        assertThat(volume.addKeyslot(key, second, new KdfParameters.Argon2id(4, 32 << 10, 1)))
            .isEqualTo(1);
        assertThat(testPassphrase("second")).isZero();
        volume.changeKeyslot(1, key, third, TestVolumes.CHEAP);
        assertThat(testPassphrase("second")).isEqualTo(2);
        assertThat(testPassphrase("third")).isZero();
        volume.removeKeyslot(0);
      }
    }
    assertThat(testPassphrase("right")).isEqualTo(2);
    assertThat(testPassphrase("third")).isZero();
    assertThat(cryptsetup("", "luksDump", "--debug", image)).doesNotContain("recovery");
  }
}
