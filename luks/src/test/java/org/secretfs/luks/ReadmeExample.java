package org.secretfs.luks;

import java.io.IOException;
import java.nio.file.Path;
import org.secretfs.crypto.memory.SecretBuffer;

/** The example of README.md, between the marks word for word. */
final class ReadmeExample {
  private ReadmeExample() {}

  static String run(Path device, byte[] first, byte[] second) throws IOException, LuksException {
    // example begins
    var kdf = new KdfParameters.Argon2id(4, 64 << 10, 2);
    try (var storage = FileLuksStorage.open(device);
        var passphrase = SecretBuffer.takeFrom(first);
        var recovery = SecretBuffer.takeFrom(second)) {
      var volume = Luks2Volume.format(storage, FormatOptions.builder(kdf).build(), passphrase);
      try (VolumeKey key = volume.unlock(passphrase)) {
        volume.addKeyslot(key, recovery, kdf);
      }
      return volume.uuid() + " " + volume.segment().cipher() + " " + volume.keyslots().keySet();
    }
    // example ends
  }
}
