package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.crypto.memory.SecretBuffer;

/** LUKS1 volumes that cryptsetup made. */
class Luks1VolumeTest {
  @TempDir Path folder;
  private Path image = Path.of("");

  @BeforeEach
  void format() throws Exception {
    image = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(4 << 20);
    }
    Tools.runWithInput(
        "right",
        "cryptsetup",
        "luksFormat",
        "--batch-mode",
        "--type",
        "luks1",
        "--pbkdf-force-iterations",
        "1000",
        "--key-file",
        "-",
        image);
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
}
