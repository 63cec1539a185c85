package org.secretfs.luks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.secretfs.crypto.memory.SecretBuffer;

/** Small volumes for tests: 1 MiB of header, 1 MiB of data. */
final class TestVolumes {
  static final int SIZE_BYTES = 2 << 20;
  static final int DATA_OFFSET_BYTES = 1 << 20;
  static final KdfParameters CHEAP = new KdfParameters.Pbkdf2("sha256", 1000);

  private TestVolumes() {}

  static FormatOptions.Builder options() {
    return options(CHEAP);
  }

  static FormatOptions.Builder options(KdfParameters kdf) {
    return FormatOptions.builder(kdf).dataOffsetBytes(DATA_OFFSET_BYTES);
  }

  static SecretBuffer passphrase(String text) {
    return SecretBuffer.takeFrom(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns a device with a volume that "right" opens. */
  static FaultyLuksStorage formatted() throws IOException, LuksException {
    return formatted(options().build());
  }

  static FaultyLuksStorage formatted(FormatOptions options) throws IOException, LuksException {
    FaultyLuksStorage storage = FaultyLuksStorage.ofSize(SIZE_BYTES);
    try (SecretBuffer passphrase = passphrase("right")) {
      Luks2Volume.format(storage, options, passphrase);
    }
    return storage;
  }

  static boolean opens(LuksStorage storage, String passphrase) throws IOException, LuksException {
    try (SecretBuffer secret = passphrase(passphrase);
        VolumeKey key = LuksVolume.read(storage).unlock(secret)) {
      return key.length() > 0;
    }
  }

  static Token token(String type) throws LuksException {
    return Token.parse("{\"type\":\"%s\",\"keyslots\":[\"0\"]}".formatted(type));
  }
}
