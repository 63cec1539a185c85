package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.input.KeyRange;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.OptionException;
import org.secretfs.luks.VolumeKey;

/**
 * A file whose bytes are a key, newlines included.
 *
 * @param path {@code -} for standard input
 */
record KeyFile(Path path, KeyRange range) {
  /** A part of a file, as options give it. */
  static KeyRange range(long offsetBytes, @Nullable Integer sizeBytes) {
    if (offsetBytes < 0
        || (sizeBytes != null && (sizeBytes < 1 || sizeBytes > KeyRange.MAX_BYTES))) {
      throw new OptionException(
          "key file range of %s bytes at %d: must be 1 to %d bytes at 0 or more"
              .formatted(sizeBytes == null ? "all" : sizeBytes, offsetBytes, KeyRange.MAX_BYTES));
    }
    return new KeyRange(
        offsetBytes, sizeBytes == null ? OptionalInt.empty() : OptionalInt.of(sizeBytes));
  }

  /** Reads it; the caller closes the secret. */
  SecretBuffer read(Input input) throws IOException {
    try {
      return path.toString().equals("-") ? input.key(range) : Input.keyOf(path, range);
    } catch (NoSuchFileException e) {
      throw new NoSuchFileException("the key file " + path);
    }
  }

  /** Reads a volume key: all of the file, 16 to 64 bytes; the caller closes it. */
  static VolumeKey readVolumeKey(Path path, Input input) throws IOException {
    SecretBuffer key = new KeyFile(path, KeyRange.WHOLE).read(input);
    try {
      return VolumeKey.takeOver(key);
    } catch (IllegalArgumentException e) {
      key.close();
      throw e;
    }
  }
}
