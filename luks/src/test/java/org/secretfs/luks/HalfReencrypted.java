package org.secretfs.luks;

import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A small volume in the middle of a re-encryption: 256 KiB are new, the rest is old. Keyslot 0 and
 * digest 0 are the old key's, 1 the new key's, 2 the re-encryption's; segment 0 is the new part, 1
 * the old one, 2 how all was, 3 how all will be.
 */
final class HalfReencrypted {
  static final long ZONE_BYTES = 256 << 10;

  private static byte[] cachedImage = {};

  private HalfReencrypted() {}

  static synchronized byte[] image() throws IOException, LuksException {
    if (cachedImage.length == 0) {
      FaultyLuksStorage storage = TestVolumes.formatted();
      make(storage);
      cachedImage = storage.content();
    }
    return cachedImage.clone();
  }

  /** Brings a volume that "right" opens there. */
  static void make(FaultyLuksStorage storage) throws IOException, LuksException {
    try (SecretBuffer secret = TestVolumes.passphrase("right")) {
      ReencryptionSetup.reencrypt(storage, storage, List.of(secret), ReencryptOptions.defaults());
      try (Reencryption volume = Reencryption.open(storage, storage, List.of(secret))) {
        int[] calls = {2};
        if (volume.run(run(1), HotzoneGate.NONE, (_, _) -> --calls[0] > 0)) {
          throw new IllegalStateException("the end was reached");
        }
      }
    }
  }

  /** A run in small parts. */
  static ReencryptRun run(int workers) {
    return new ReencryptRun(
        OptionalLong.of(ZONE_BYTES), OptionalLong.empty(), OptionalLong.empty(), workers);
  }
}
