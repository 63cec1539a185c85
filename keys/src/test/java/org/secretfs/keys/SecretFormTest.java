package org.secretfs.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The form of a secret, against the tool that boot scripts pipe it into. */
class SecretFormTest {
  @TempDir Path folder;

  @Test
  void secretWithoutLineFeed_pipedWithAndWithoutKeyFileOption_opens() throws Exception {
    byte[] secret = new byte[KmsCalls.SECRET_BYTES];
    for (int i = 0; i < secret.length; i++) {
      secret[i] = (byte) (i * 8 + 1);
    }
    secret[3] = 0;
    secret[31] = '\r';
    Path volume = formatted(secret);
    assertThat(open(volume, secret, List.of("--key-file", "-"))).isZero();
    assertThat(open(volume, secret, List.of())).isZero();
  }

  @Test
  void secretWithLineFeed_pipedWithoutKeyFileOption_doesNotOpen() throws Exception {
    byte[] secret = {'a', '\n', 'b'};
    Path volume = formatted(secret);
    assertThat(open(volume, secret, List.of("--key-file", "-"))).isZero();
    assertThat(open(volume, secret, List.of())).isEqualTo(2);
  }

  private Path formatted(byte[] secret) throws Exception {
    Assumptions.assumeTrue(Commands.isOnPath("cryptsetup"), "cryptsetup is not on the PATH");
    Path volume = folder.resolve("volume");
    try (RandomAccessFile file = new RandomAccessFile(volume.toFile(), "rw")) {
      file.setLength(20 << 20);
    }
    Path key = Files.write(folder.resolve("key"), secret);
    Commands.Result made =
        Commands.run(
            Map.of(),
            new byte[0],
            List.of(
                "cryptsetup",
                "luksFormat",
                "--batch-mode",
                "--type=luks2",
                "--pbkdf=pbkdf2",
                "--pbkdf-force-iterations=1000",
                volume.toString(),
                key.toString()));
    assertThat(made.status()).as(made.err()).isZero();
    return volume;
  }

  private static int open(Path volume, byte[] secret, List<String> options) throws Exception {
    List<String> command = new ArrayList<>(List.of("cryptsetup", "open"));
    command.addAll(List.of("--test-passphrase", volume.toString()));
    command.addAll(options);
    return Commands.run(Map.of(), secret, command).status();
  }
}
