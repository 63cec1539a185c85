package org.secretfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.secretfs.block.EncryptedBlockDevice.TrimPolicy;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.VolumeKey;

/**
 * Data through our engine against cryptsetup's: its offline encryption and decryption of a file
 * need no kernel.
 */
class CryptsetupDataTest {
  private static final Path CRYPTSETUP = Path.of("/usr/sbin/cryptsetup");
  private static final int DATA_BYTES = 3 << 20;
  private static final int HEADER_BYTES = 16 << 20;

  @TempDir Path folder;
  private Path image = Path.of("");

  @BeforeEach
  void requireCryptsetup() {
    assumeTrue(Files.isExecutable(CRYPTSETUP), "cryptsetup is not installed");
    image = folder.resolve("image");
  }

  private static void cryptsetup(Object... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(CRYPTSETUP.toString()));
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (OutputStream in = process.getOutputStream()) {
      in.write("right".getBytes(StandardCharsets.US_ASCII));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }

  private static SecretBuffer passphrase() {
    return SecretBuffer.takeFrom("right".getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }

  private static EncryptedBlockDevice open(Path image) throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image);
        SecretBuffer passphrase = passphrase()) {
      Luks2Volume volume = Luks2Volume.read(storage);
      try (VolumeKey key = volume.unlock(passphrase)) {
        return new EncryptedBlockDevice(
            FileBlockDevice.open(image),
            volume.segment(),
            SectorCiphers.aesXts(key.secret(), volume.segment().sectorSize()),
            TrimPolicy.IGNORE);
      }
    }
  }

  private void format(int bits, int sectorSize) throws Exception {
    Files.write(image, new byte[HEADER_BYTES + DATA_BYTES]);
    FormatOptions options =
        FormatOptions.builder(new KdfParameters.Pbkdf2("sha256", 1000))
            .keySizeBits(bits)
            .sectorSize(sectorSize)
            .build();
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer passphrase = passphrase()) {
      Luks2Volume.format(storage, options, passphrase);
    }
  }

  @ParameterizedTest
  @CsvSource({"512,512", "512,4096", "256,512", "256,2048"})
  void write_ours_cryptsetupDecrypts(int bits, int sectorSize) throws Exception {
    format(bits, sectorSize);
    byte[] plain = random(DATA_BYTES);
    try (EncryptedBlockDevice device = open(image)) {
      assertThat(device.sizeBytes()).isEqualTo(DATA_BYTES);
      device.write(ByteBuffer.wrap(plain.clone()), 0);
      device.flush();
    }
    Path header = folder.resolve("header");
    cryptsetup(
        "reencrypt",
        "--decrypt",
        "--force-offline-reencrypt",
        "-q",
        "--header",
        header,
        "--key-file",
        "-",
        image);
    assertThat(Arrays.copyOf(Files.readAllBytes(image), DATA_BYTES)).isEqualTo(plain);
  }

  @ParameterizedTest
  @CsvSource({"512,512", "512,4096", "256,4096"})
  void read_encryptedByCryptsetup_isThePlaintext(int bits, int sectorSize) throws Exception {
    byte[] plain = random(DATA_BYTES);
    Files.write(image, Arrays.copyOf(plain, DATA_BYTES + 2 * HEADER_BYTES));
    cryptsetup(
        "reencrypt",
        "--encrypt",
        "--type",
        "luks2",
        "--force-offline-reencrypt",
        "-q",
        "--reduce-device-size",
        "32M",
        "--key-size",
        bits,
        "--sector-size",
        sectorSize,
        "--pbkdf",
        "pbkdf2",
        "--pbkdf-force-iterations",
        "1000",
        "--key-file",
        "-",
        image);
    try (EncryptedBlockDevice device = open(image)) {
      ByteBuffer target = ByteBuffer.allocateDirect(DATA_BYTES);
      device.read(target, 0);
      assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(plain));
    }
  }

  @Test
  void read_fileTruncatedMeanwhile_isAnIoException() throws Exception {
    format(512, 512);
    try (EncryptedBlockDevice device = open(image)) {
      Files.write(image, new byte[HEADER_BYTES]);
      org.assertj.core.api.Assertions.assertThatThrownBy(
              () -> device.read(ByteBuffer.allocate(512), 4096))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("truncated");
    }
  }
}
