package org.secretfs.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.crypto.memory.SecretBuffer;

class KeyFileSourceTest {
  private static final VolumeId VOLUME = new VolumeId("v");

  @TempDir Path directory;
  private Path file;
  private KeyFileSource source;

  @BeforeEach
  void make() {
    file = directory.resolve("key");
    source = new KeyFileSource(file);
  }

  private void write(int bytes, String mode) throws IOException {
    Files.write(file, new byte[bytes]);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  @Test
  void obtain_missing_isNotFound() {
    assertThatThrownBy(() -> source.obtain(VOLUME)).isInstanceOf(KeySourceException.NotFound.class);
  }

  @Test
  void obtain_readableByOthers_isRefused() throws IOException {
    write(32, "rw-r--r--");

    assertThatThrownBy(() -> source.obtain(VOLUME))
        .isInstanceOf(KeySourceException.Misconfigured.class)
        .hasMessageContaining("chmod 600");
  }

  @Test
  void obtain_sizesAtTheBounds_areTakenOrRefused() throws Exception {
    for (int size : new int[] {1, 4096}) {
      write(size, "rw-------");
      try (SecretBuffer secret = source.obtain(VOLUME)) {
        assertThat(secret.length()).isEqualTo(size);
      }
    }
    for (int size : new int[] {0, 4097}) {
      write(size, "rw-------");
      assertThatThrownBy(() -> source.obtain(VOLUME))
          .isInstanceOf(KeySourceException.Malformed.class);
    }
  }

  @Test
  void create_twice_makesOneSecret() throws Exception {
    try (SecretBuffer first = source.create(VOLUME);
        SecretBuffer second = source.create(VOLUME)) {
      assertThat(first.length()).isEqualTo(32);
      assertThat(second.segment().toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo(first.segment().toArray(ValueLayout.JAVA_BYTE));
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(directory).isDirectoryNotContaining("glob:**.new");
  }
}
