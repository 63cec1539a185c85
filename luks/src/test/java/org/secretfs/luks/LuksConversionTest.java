package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.SecretBuffer;

/** Volumes converted here and by cryptsetup, in turn. */
class LuksConversionTest {
  @TempDir Path folder;

  private Path image(long sizeBytes) throws Exception {
    Tools.require("cryptsetup");
    Path image = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(sizeBytes);
    }
    return image;
  }

  private static void cryptsetup(String input, Object... arguments) throws Exception {
    Object[] command = new Object[arguments.length + 2];
    command[0] = "cryptsetup";
    command[1] = "--batch-mode";
    System.arraycopy(arguments, 0, command, 2, arguments.length);
    Tools.runWithInput(input, command);
  }

  private static void requireOpen(Path image, int version, byte[] data, int keyslots)
      throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.open(image)) {
      LuksVolume volume = LuksVolume.read(storage);
      assertThat(volume.version()).isEqualTo(version);
      assertThat(volume.needsRepair()).isFalse();
      assertThat(volume.keyslots()).hasSize(keyslots);
      assertThat(Plaintext.read(storage, "right")).startsWith(data);
    }
    String type = "luks" + version;
    cryptsetup("right", "open", "--test-passphrase", "--type", type, "--key-file", "-", image);
    for (int number = 1; number < keyslots; number++) {
      String passphrase = "key" + number;
      cryptsetup(passphrase, "open", "--test-passphrase", "--type", type, "--key-file", "-", image);
    }
  }

  private static byte[] fill(Path image, int keyslots) throws Exception {
    byte[] data = new byte[64 << 10];
    new SplittableRandom(keyslots).nextBytes(data);
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer right = TestVolumes.passphrase("right")) {
      Plaintext.write(storage, "right", data);
      LuksVolume volume = LuksVolume.read(storage);
      try (VolumeKey key = volume.unlock(right)) {
        for (int number = 1; number < keyslots; number++) {
          try (SecretBuffer passphrase = TestVolumes.passphrase("key" + number)) {
            volume.addKeyslot(key, passphrase, TestVolumes.CHEAP);
          }
        }
      }
    }
    return data;
  }

  private static void convertHere(Path image, int version) throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.open(image)) {
      LuksVolume converted =
          version == 2 ? LuksConversion.toLuks2(storage) : LuksConversion.toLuks1(storage);
      assertThat(converted.version()).isEqualTo(version);
    }
  }

  /** The usual layout of LUKS1 with a 512-bit key leaves 28 KiB between areas and data. */
  @ParameterizedTest
  @CsvSource({"512, 1", "512, 2", "512, 6", "256, 1"})
  void convert_hereAndByCryptsetupInTurn_opensEachTime(int keyBits, int keyslots) throws Exception {
    Path image = image(3 << 20);
    cryptsetup(
        "right",
        "luksFormat",
        "--type",
        "luks1",
        "--key-size",
        keyBits,
        "--pbkdf-force-iterations",
        "1000",
        "--key-file",
        "-",
        image);
    byte[] data = fill(image, keyslots);
    convertHere(image, 2);
    requireOpen(image, 2, data, keyslots);
    cryptsetup("", "convert", "--type", "luks1", image);
    requireOpen(image, 1, data, keyslots);
    cryptsetup("", "convert", "--type", "luks2", image);
    requireOpen(image, 2, data, keyslots);
    convertHere(image, 1);
    requireOpen(image, 1, data, keyslots);
  }

  @Test
  void convert_allKeyslotsInUse_opensEachTime() throws Exception {
    Path image = image(3 << 20);
    cryptsetup(
        "right",
        "luksFormat",
        "--type",
        "luks1",
        "--key-size",
        256,
        "--pbkdf-force-iterations",
        "1000",
        "--key-file",
        "-",
        image);
    byte[] data = fill(image, 8);
    convertHere(image, 2);
    requireOpen(image, 2, data, 8);
    cryptsetup("", "convert", "--type", "luks1", image);
    requireOpen(image, 1, data, 8);
    cryptsetup("", "convert", "--type", "luks2", image);
    requireOpen(image, 2, data, 8);
    convertHere(image, 1);
    requireOpen(image, 1, data, 8);
    cryptsetup("", "convert", "--type", "luks2", image);
    requireOpen(image, 2, data, 8);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8})
  void toLuks1_ofVolumeFormattedAsLuks2_opensHereAndInCryptsetup(int keyslots) throws Exception {
    Path image = image(17 << 20);
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer right = TestVolumes.passphrase("right")) {
      Luks2Volume.format(storage, FormatOptions.builder(TestVolumes.CHEAP).build(), right);
    }
    byte[] data = fill(image, keyslots);
    convertHere(image, 1);
    requireOpen(image, 1, data, keyslots);
    cryptsetup("", "convert", "--type", "luks2", image);
    requireOpen(image, 2, data, keyslots);
  }

  @Test
  void toLuks2_allKeyslotsInUseAndNothingFree_isRefusedAndNothingWritten() throws Exception {
    FaultyLuksStorage storage = Luks1Images.withKeyslots(Luks1Images.tight(), 8);
    long before = storage.operations();
    assertThatThrownBy(() -> LuksConversion.toLuks2(storage))
        .isInstanceOf(LuksException.NoRoom.class)
        .hasMessageContaining("remove one keyslot first");
    assertThat(storage.operations()).isEqualTo(before);
  }

  @Test
  void toLuks2_luksmetaBehindTheAreas_isRefused() throws Exception {
    FaultyLuksStorage whole = Luks1Images.formatted();
    int end = (int) Luks1Layout.of(16, 0).endBytes();
    FaultyLuksStorage storage =
        Luks1Images.with(whole, end, "LUKSMETA".getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> LuksConversion.toLuks2(storage))
        .isInstanceOf(LuksException.UnsupportedFeature.class)
        .hasMessageContaining("luksmeta");
    assertThat(storage.operations()).isZero();
  }

  private static void requireRefused(FormatOptions options, String reason) throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted(options);
    long before = storage.operations();
    assertThatThrownBy(() -> LuksConversion.toLuks1(storage))
        .isInstanceOf(LuksException.UnsupportedFeature.class)
        .hasMessageContaining(reason);
    assertThat(storage.operations()).isEqualTo(before);
  }

  @Test
  void toLuks1_whatLuks1HasNoPlaceFor_isRefusedAndNothingWritten() throws Exception {
    requireRefused(TestVolumes.options().sectorSize(4096).build(), "512 bytes");
    requireRefused(TestVolumes.options().token(TestVolumes.token("t")).build(), "tokens");
    requireRefused(TestVolumes.options(new KdfParameters.Argon2id(4, 1024, 1)).build(), "PBKDF2");
    requireRefused(TestVolumes.options(new KdfParameters.Pbkdf2("sha512", 1000)).build(), "sha256");
    requireRefused(TestVolumes.options().hash(HashAlgorithm.SHA512).build(), "sha512");
  }

  @Test
  void convert_ofTheOtherVersion_isRefused() throws Exception {
    assertThatThrownBy(() -> LuksConversion.toLuks2(TestVolumes.formatted()))
        .isInstanceOf(LuksException.NotLuks.class);
    assertThatThrownBy(() -> LuksConversion.toLuks1(Luks1Images.formatted()))
        .isInstanceOf(LuksException.NotLuks.class);
  }
}
