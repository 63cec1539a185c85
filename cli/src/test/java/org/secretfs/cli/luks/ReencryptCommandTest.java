package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.cryptsetupOpens;
import static org.secretfs.cli.luks.LuksCli.run;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Re-encryption by command: what it does, and what it must not destroy. */
class ReencryptCommandTest {
  private static final int DATA_BYTES = 300_000;

  @TempDir private Path folder = Path.of("");

  private final byte[] data = new byte[DATA_BYTES];

  /** A volume of 24 MiB whose first bytes are {@link #data}. */
  private Path volume() throws Exception {
    fillWithLetters();
    Path image = LuksCli.file(folder, "image", 24 << 20);
    run("first\n", "format", CHEAP, image).done();
    Path key = Files.writeString(folder.resolve("key"), "first");
    run(Files.newInputStream(plain()), "write", "--key-file", key, image).done();
    return image;
  }

  private void fillWithLetters() {
    Random random = new Random(7);
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) ('a' + random.nextInt(26));
    }
  }

  private Path plain() throws Exception {
    return Files.write(folder.resolve("plain"), data);
  }

  private Path key() {
    return folder.resolve("key");
  }

  @Test
  void reencrypt_newKeyAndSectorSize_keepsDataAndCryptsetupOpens() throws Exception {
    Path image = volume();
    byte[] before = Files.readAllBytes(image);
    run("", "reencrypt", "-q", "--key-file", key(), "--sector-size", "4096", image).done();
    assertThat(Files.readAllBytes(image)).isNotEqualTo(before);
    assertThat(cryptsetupOpens(image, "first")).isTrue();
    String length = Integer.toString(DATA_BYTES);
    assertThat(run("", "read", "--key-file", key(), "--length", length, image).done().out())
        .isEqualTo(new String(data, StandardCharsets.US_ASCII));
  }

  @Test
  void decrypt_headerGoesToAFile_leavesThePlaintext() throws Exception {
    Path image = volume();
    Path header = folder.resolve("header");
    run("", "reencrypt", "-q", "--decrypt", "--key-file", key(), "--header", header, image).done();
    assertThat(Arrays.copyOf(Files.readAllBytes(image), DATA_BYTES)).isEqualTo(data);
  }

  @Test
  void decrypt_olderHeaderOfTheSameVolume_isRefusedAndNothingChanges() throws Exception {
    Path image = volume();
    Path old = folder.resolve("old");
    run("", "header-backup", "--header-backup-file", old, image).done();
    run("", "reencrypt", "-q", "--key-file", key(), image).done();
    byte[] before = Files.readAllBytes(image);
    run("", "reencrypt", "-q", "--decrypt", "--key-file", key(), "--header", old, image)
        .failed(4, "is not the header of");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void encrypt_headerFileHoldsSomethingElse_isRefusedAndBothAreKept() throws Exception {
    fillWithLetters();
    Path image = Files.write(folder.resolve("image"), Arrays.copyOf(data, 1 << 20));
    Path precious = Files.write(folder.resolve("precious"), Arrays.copyOf(data, 20 << 20));
    byte[] before = Files.readAllBytes(precious);
    Files.writeString(folder.resolve("key"), "first");
    run("", "reencrypt", "-q", "--encrypt", CHEAP, "--key-file", key(), "--header", precious, image)
        .failed(4, "is not blank");
    assertThat(Files.readAllBytes(precious)).isEqualTo(before);
    assertThat(Files.readAllBytes(image)).isEqualTo(Arrays.copyOf(data, 1 << 20));
  }
}
