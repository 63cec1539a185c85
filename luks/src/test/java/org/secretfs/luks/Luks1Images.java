package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.SecretBuffer;

/** Small LUKS1 volumes for tests, 2 MiB each, and single values of their headers. */
final class Luks1Images {
  static final int SIZE_BYTES = 2 << 20;

  /** An area of a 128-bit key takes 64,000 bytes, of which eight fit before 1 MiB. */
  static final int DATA_OFFSET_BYTES = 1 << 20;

  private Luks1Images() {}

  static Luks1FormatOptions.Builder options() {
    return Luks1FormatOptions.builder(HashAlgorithm.SHA256, 1000)
        .cipher(CipherSpec.find("aes-cbc-essiv:sha256").orElseThrow())
        .keySizeBits(128)
        .dataOffsetBytes(DATA_OFFSET_BYTES);
  }

  static FaultyLuksStorage formatted() throws IOException, LuksException {
    return formatted(options());
  }

  /** A volume without a byte to spare between its areas and its data. */
  static FaultyLuksStorage tight() throws IOException, LuksException {
    long end = Luks1Layout.of(16, 0).endBytes();
    return formatted(options().dataOffsetBytes(end + 28 * 1024));
  }

  static FaultyLuksStorage formatted(Luks1FormatOptions.Builder options)
      throws IOException, LuksException {
    FaultyLuksStorage storage = FaultyLuksStorage.ofSize(SIZE_BYTES);
    try (SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      Luks1Volume.format(storage, options.build(), passphrase);
    }
    return storage;
  }

  /** Adds keyslots that "key1", "key2" and so on open, until {@code count} are in use. */
  static FaultyLuksStorage withKeyslots(FaultyLuksStorage storage, int count)
      throws IOException, LuksException {
    LuksVolume volume = LuksVolume.read(storage);
    try (SecretBuffer right = TestVolumes.passphrase("right");
        VolumeKey key = volume.unlock(right)) {
      for (int number = volume.keyslots().size(); number < count; number++) {
        try (SecretBuffer passphrase = TestVolumes.passphrase("key" + number)) {
          volume.addKeyslot(key, passphrase, TestVolumes.CHEAP);
        }
      }
    }
    return storage;
  }

  static FaultyLuksStorage with(FaultyLuksStorage storage, int offset, byte... bytes) {
    byte[] image = storage.content();
    System.arraycopy(bytes, 0, image, offset, bytes.length);
    return new FaultyLuksStorage(image);
  }

  static FaultyLuksStorage withInt(FaultyLuksStorage storage, int offset, long value) {
    return with(storage, offset, ByteBuffer.allocate(4).putInt((int) value).array());
  }
}
