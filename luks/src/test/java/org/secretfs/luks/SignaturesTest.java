package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of signatures, with real tools as the makers of what it must recognise. */
class SignaturesTest {
  @TempDir Path folder;

  private static List<String> names(Path image) throws IOException {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
      return Signatures.find(source(storage)).stream().map(Signatures.Found::name).toList();
    }
  }

  private static Signatures.Source source(LuksStorage storage) {
    return new Signatures.Source() {
      @Override
      public long sizeBytes() {
        return storage.sizeBytes();
      }

      @Override
      public void read(ByteBuffer target, long offsetBytes) throws IOException {
        storage.read(target, offsetBytes);
      }
    };
  }

  private Path image(long sizeBytes) throws IOException {
    Path image = folder.resolve("image");
    try (var file = new java.io.RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(sizeBytes);
    }
    return image;
  }

  @ParameterizedTest
  @CsvSource({
    "mkfs.ext4,-q -F,ext2/ext3/ext4",
    "mkfs.xfs,-q -f,xfs",
    "mkfs.btrfs,-q -f,btrfs",
    "mkfs.vfat,-F 32,vfat",
    "mkfs.vfat,-F 16,vfat",
    "mkswap,-q,swap",
    "mkfs.f2fs,-q -f,f2fs",
  })
  void find_whatARealToolMade_isRecognised(String tool, String options, String name)
      throws Exception {
    Path image = image(512L << 20);
    Tools.run(tool, options, image);
    assertThat(names(image)).contains(name);
  }

  @Test
  void find_partitionTable_isRecognised() throws Exception {
    Path image = image(64L << 20);
    Tools.runWithInput("label: dos\n,\n", "sfdisk", "-q", image);
    assertThat(names(image)).containsExactly("dos partition table");
    Tools.runWithInput("label: gpt\n,\n", "sfdisk", "-q", image);
    assertThat(names(image)).contains("gpt", "gpt backup");
  }

  @Test
  void find_luksVolume_namesBothCopies() throws Exception {
    assertThat(Signatures.find(source(TestVolumes.formatted())))
        .extracting(Signatures.Found::toString)
        .containsExactly("crypto_LUKS (at 0)", "crypto_LUKS secondary header (at 16384)");
  }

  @Test
  void find_blankTinyOrEmpty_isNothing() throws Exception {
    Path image = image(0);
    assertThat(names(image)).isEmpty();
    Files.write(image, new byte[700]);
    assertThat(names(image)).isEmpty();
    assertThat(names(image(8 << 20))).isEmpty();
  }
}
