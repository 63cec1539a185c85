package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.SecretBuffer;

/** LUKS1 volumes handed to cryptsetup and taken from it. */
class Luks1CryptsetupTest {
  @TempDir Path folder;
  private Path image = Path.of("");

  @BeforeEach
  void makeImage() throws Exception {
    Tools.require("cryptsetup");
    image = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(4 << 20);
    }
  }

  private void formatByCryptsetup(String options) throws Exception {
    List<Object> command = new ArrayList<>(List.of("cryptsetup", "luksFormat", "--batch-mode"));
    command.addAll(List.of("--type", "luks1", "--pbkdf-force-iterations", "1000"));
    Stream.of(options.split(" ", -1)).filter(option -> !option.isEmpty()).forEach(command::add);
    command.addAll(List.of("--key-file", "-", image));
    Tools.runWithInput("right", command.toArray());
  }

  private boolean cryptsetupOpens(String passphrase) throws Exception {
    return Tools.start(
                passphrase,
                "cryptsetup",
                "open",
                "--test-passphrase",
                "--type",
                "luks1",
                "--key-file",
                "-",
                image)
            .status()
        == 0;
  }

  @Test
  void read_madeByCryptsetup_isLuks1AndOpens() throws Exception {
    formatByCryptsetup("");
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer right = TestVolumes.passphrase("right");
        SecretBuffer wrong = TestVolumes.passphrase("wrong")) {
      assertThat(LuksProbe.probe(storage).kind()).isEqualTo(LuksProbe.Kind.LUKS1);
      LuksVolume volume = LuksVolume.read(storage);
      assertThat(volume.version()).isEqualTo(1);
      assertThat(volume.keyslots()).containsOnlyKeys(0);
      volume.unlock(right).close();
      assertThatThrownBy(() -> volume.unlock(wrong))
          .isInstanceOf(LuksException.NoKeyslotOpened.class);
    }
  }

  @Test
  void keyslots_addedChangedRemoved_cryptsetupOpensWhatIsLeft() throws Exception {
    formatByCryptsetup("");
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer right = TestVolumes.passphrase("right");
        SecretBuffer second = TestVolumes.passphrase("second");
        SecretBuffer third = TestVolumes.passphrase("third")) {
      LuksVolume volume = LuksVolume.read(storage);
      try (VolumeKey key = volume.unlock(right)) {
        assertThat(volume.addKeyslot(key, second, TestVolumes.CHEAP)).isEqualTo(1);
        assertThat(cryptsetupOpens("second")).isTrue();
        assertThat(volume.changeKeyslot(1, key, third, TestVolumes.CHEAP)).isEqualTo(2);
      }
      volume.removeKeyslot(0);
      assertThat(volume.keyslots()).containsOnlyKeys(2);
    }
    assertThat(cryptsetupOpens("right")).isFalse();
    assertThat(cryptsetupOpens("second")).isFalse();
    assertThat(cryptsetupOpens("third")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--hash sha1",
        "--hash sha512",
        "--hash sha3-256",
        "--hash ripemd160",
        "--hash whirlpool",
        "--hash blake2b-512",
        "--hash blake2s-256",
        "--hash sm3",
        "--cipher aes-cbc-essiv:sha256 --key-size 256",
        "--cipher aes-cbc-plain64 --key-size 128",
        "--cipher aes-cbc-plain --key-size 256 --hash sha1",
        "--cipher aes-xts-plain --key-size 256",
        "--cipher camellia-cbc-plain64 --key-size 256",
        "--align-payload 8192 --key-size 512 --uuid 4c9cf7b5-4c7e-44a7-9f0a-b7b1b5a7a7c2",
      })
  void unlock_eachHashAndCipherOfCryptsetup_opens(String options) throws Exception {
    if (options.contains("8192")) {
      try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
        file.setLength(6 << 20);
      }
    }
    formatByCryptsetup(options);
    try (FileLuksStorage storage = FileLuksStorage.open(image)) {
      assertThat(TestVolumes.opens(storage, "right")).isTrue();
      LuksVolume volume = LuksVolume.read(storage);
      assertThat(options.contains("uuid") ? options : options + volume.uuid())
          .contains(volume.uuid().toString());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "aes-xts-plain64, 512, SHA256",
    "aes-xts-plain64, 256, SHA1",
    "aes-xts-plain, 512, SHA512",
    "aes-cbc-essiv:sha256, 256, SHA3_384",
    "aes-cbc-plain64, 128, WHIRLPOOL",
    "aes-cbc-plain, 256, RIPEMD160",
    "camellia-cbc-plain64, 128, BLAKE2B_512",
    "camellia-cbc-essiv:sha256, 256, BLAKE2S_256",
    "aes-xts-plain64, 512, SM3",
  })
  void format_byUs_cryptsetupOpens(String cipher, int keyBits, HashAlgorithm hash)
      throws Exception {
    Luks1FormatOptions options =
        Luks1FormatOptions.builder(hash, 1000)
            .cipher(CipherSpec.parse(cipher))
            .keySizeBits(keyBits)
            .build();
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      Luks1Volume.format(storage, options, passphrase);
    }
    assertThat(cryptsetupOpens("right")).isTrue();
    assertThat(cryptsetupOpens("wrong")).isFalse();
    assertThat(Tools.run("cryptsetup", "luksDump", image))
        .contains("Cipher name:   \t" + cipher.substring(0, cipher.indexOf('-')))
        .contains("Payload offset:\t" + options.dataOffsetBytes() / 512);
  }

  @Test
  void format_detached_cryptsetupOpens() throws Exception {
    Luks1FormatOptions options =
        Luks1FormatOptions.builder(HashAlgorithm.SHA256, 1000).dataOffsetBytes(0).build();
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      assertThat(Luks1Volume.format(storage, options, passphrase).segment().offsetBytes()).isZero();
    }
    assertThat(cryptsetupOpens("right")).isTrue();
  }

  @Test
  void keyslots_changedByCryptsetup_openHere() throws Exception {
    formatByCryptsetup("");
    Path second = Files.writeString(folder.resolve("second"), "second");
    Tools.runWithInput(
        "right",
        "cryptsetup",
        "luksAddKey",
        "--batch-mode",
        "--pbkdf-force-iterations",
        "1200",
        "--key-file",
        "-",
        "--key-slot",
        "7",
        image,
        second);
    Tools.runWithInput("second", "cryptsetup", "luksKillSlot", "--key-file", "-", image, "0");
    try (FileLuksStorage storage = FileLuksStorage.open(image)) {
      LuksVolume volume = LuksVolume.read(storage);
      assertThat(volume.keyslots()).containsOnlyKeys(7);
      assertThat(TestVolumes.opens(storage, "second")).isTrue();
    }
  }
}
