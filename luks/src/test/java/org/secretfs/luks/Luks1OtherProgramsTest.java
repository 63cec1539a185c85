package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.SecretBuffer;

/** LUKS1 volumes exchanged with QEMU and nbdkit, their data compared. */
class Luks1OtherProgramsTest {
  private static final int DATA_BYTES = 256 << 10;
  private static final int ATTEMPTS = 20;

  @TempDir Path folder;
  private Path image = Path.of("");
  private Path plain = Path.of("");

  @BeforeEach
  void nameFiles() throws Exception {
    image = folder.resolve("image");
    plain = folder.resolve("plain");
    byte[] data = new byte[DATA_BYTES];
    new SplittableRandom(7).nextBytes(data);
    Files.write(plain, data);
  }

  private void formatByUs(CipherSpec cipher, int keyBits, HashAlgorithm hash) throws Exception {
    Luks1FormatOptions options =
        Luks1FormatOptions.builder(hash, 1000).cipher(cipher).keySizeBits(keyBits).build();
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(options.dataOffsetBytes() + DATA_BYTES);
    }
    try (FileLuksStorage storage = FileLuksStorage.open(image);
        SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      Luks1Volume.format(storage, options, passphrase);
      Plaintext.write(storage, "right", Files.readAllBytes(plain));
    }
  }

  private byte[] readByUs() throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
      return Plaintext.read(storage, "right");
    }
  }

  private void qemuImg(String... arguments) throws Exception {
    Object[] command = new Object[arguments.length + 4];
    command[0] = "qemu-img";
    command[1] = arguments[0];
    command[2] = "--object";
    command[3] = "secret,id=s,data=right";
    System.arraycopy(arguments, 1, command, 4, arguments.length - 1);
    Tools.Result result = Tools.start("", java.util.Arrays.copyOf(command, arguments.length + 3));
    // QEMU measures its key derivation by a clock that is too coarse now and then.
    for (int i = 1; i < ATTEMPTS && result.output().contains("accurate CPU usage"); i++) {
      result = Tools.start("", java.util.Arrays.copyOf(command, arguments.length + 3));
    }
    assertThat(result.status()).as(result.output()).isZero();
  }

  private String asLuks() {
    return "driver=luks,key-secret=s,file.driver=file,file.filename=" + image;
  }

  @ParameterizedTest
  @CsvSource({
    "aes-xts-plain64, 256, SHA1",
    "aes-xts-plain64, 512, SHA256",
    "twofish-xts-plain64, 256, SHA256",
    "twofish-xts-plain64, 512, SHA512",
    "serpent-xts-plain64, 256, SHA256",
    "serpent-xts-plain64, 512, RIPEMD160",
    "aes-cbc-essiv:sha256, 256, SHA256",
    "twofish-cbc-essiv:sha256, 256, SHA256",
    "serpent-cbc-essiv:sha256, 256, SHA384",
    "aes-cbc-plain64, 128, SHA1",
    "serpent-cbc-plain64, 128, SHA224",
    "aes-cbc-plain, 256, SHA256",
  })
  void format_readByQemu_isTheSameData(String cipher, int keyBits, HashAlgorithm hash)
      throws Exception {
    formatByUs(CipherSpec.parse(cipher), keyBits, hash);
    Path read = folder.resolve("read");
    qemuImg("convert", "--image-opts", asLuks(), "-O", "raw", read.toString());
    assertThat(read).hasSameBinaryContentAs(plain);
  }

  /** QEMU fails its own assertion with keys of 192 bits, whose stripes fill no whole sectors. */
  @ParameterizedTest
  @CsvSource({
    "twofish-xts-plain64, 512, 'twofish-256,cipher-mode=xts,ivgen-alg=plain64'",
    "serpent-cbc-essiv:sha256, 256, "
        + "'serpent-256,cipher-mode=cbc,ivgen-alg=essiv,ivgen-hash-alg=sha256'",
  })
  void open_writtenByQemu_isTheSameData(String cipher, int keyBits, String options)
      throws Exception {
    openWrittenByQemu(cipher, keyBits, options);
  }

  @Tag("long")
  @ParameterizedTest
  @CsvSource({
    "aes-xts-plain64, 512, 'aes-256,cipher-mode=xts,ivgen-alg=plain64'",
    "aes-xts-plain, 256, 'aes-128,cipher-mode=xts,ivgen-alg=plain'",
    "twofish-xts-plain64, 256, 'twofish-128,cipher-mode=xts,ivgen-alg=plain64'",
    "serpent-xts-plain64, 512, 'serpent-256,cipher-mode=xts,ivgen-alg=plain64'",
    "aes-cbc-essiv:sha256, 256, 'aes-256,cipher-mode=cbc,ivgen-alg=essiv,ivgen-hash-alg=sha256'",
    "twofish-cbc-essiv:sha256, 256, "
        + "'twofish-256,cipher-mode=cbc,ivgen-alg=essiv,ivgen-hash-alg=sha256'",
    "serpent-cbc-plain64, 128, 'serpent-128,cipher-mode=cbc,ivgen-alg=plain64'",
    "aes-cbc-plain, 256, 'aes-256,cipher-mode=cbc,ivgen-alg=plain'",
  })
  void open_writtenByQemuWithEachCipher_isTheSameData(String cipher, int keyBits, String options)
      throws Exception {
    openWrittenByQemu(cipher, keyBits, options);
  }

  private void openWrittenByQemu(String cipher, int keyBits, String options) throws Exception {
    String all = "key-secret=s,iter-time=10,cipher-alg=" + options;
    qemuImg("create", "-f", "luks", "-o", all, image.toString(), Integer.toString(DATA_BYTES));
    qemuImg("convert", "-n", "-f", "raw", "--target-image-opts", plain.toString(), asLuks());
    assertThat(readByUs()).isEqualTo(Files.readAllBytes(plain));
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
      Luks1Volume volume = Luks1Volume.read(storage);
      assertThat(volume.segment().cipher()).isEqualTo(cipher);
      assertThat(volume.keySizeBytes() * 8).isEqualTo(keyBits);
    }
  }

  @ParameterizedTest
  @CsvSource({"aes-xts-plain64, 256", "aes-xts-plain64, 512"})
  void format_readByNbdkit_isTheSameData(String cipher, int keyBits) throws Exception {
    formatByUs(CipherSpec.parse(cipher), keyBits, HashAlgorithm.SHA256);
    Tools.require("nbdcopy");
    Path read = folder.resolve("read");
    Tools.runWithInput(
        "",
        "nbdkit",
        "--unix",
        folder.resolve("socket"),
        "--filter=luks",
        "file",
        image,
        "passphrase=right",
        "--run",
        "nbdcopy \"$uri\" " + read);
    assertThat(read).hasSameBinaryContentAs(plain);
  }
}
