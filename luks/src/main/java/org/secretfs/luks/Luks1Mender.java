package org.secretfs.luks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * Puts right what cryptsetup's repair does in a LUKS1 header: a hash name in capitals, and what
 * does not fit in keyslots that are not in use, whose right values follow from the key size.
 * Keyslots in use are never touched.
 */
final class Luks1Mender {
  /** With other sizes cryptsetup refuses, for it cannot know the layout. */
  private static final Set<Long> KEY_SIZES_BYTES = Set.of(16L, 32L, 64L);

  private final List<String> mended = new ArrayList<>();
  private Luks1Header header;

  private Luks1Mender(Luks1Header header) {
    this.header = header;
  }

  static List<String> mend(LuksStorage storage) throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      Luks1Mender mender = new Luks1Mender(Luks1Header.read(storage));
      mender.run();
      // What is still wrong cannot be mended; then nothing is written.
      var _ = Luks1Rules.judge(mender.header, storage.sizeBytes());
      if (!mender.mended.isEmpty()) {
        mender.header.writeSector(storage, 1);
        mender.header.writeSector(storage, 0);
      }
      return mender.mended;
    }
  }

  private void run() throws LuksException {
    if (!header.hasMagic()) {
      throw new LuksException.NotLuks("no LUKS1 header at the begin of the device");
    }
    mendHash();
    if (!KEY_SIZES_BYTES.contains(header.keyBytes())
        || header.keyslot(0).offsetBytes() < Luks1Layout.ALIGNMENT_BYTES
        || CipherSpec.find(header.cipher()).isEmpty()) {
      return;
    }
    Luks1Layout layout = Luks1Layout.of((int) header.keyBytes(), header.payloadOffsetBytes());
    for (int number = 0; number < Luks1Header.KEYSLOTS; number++) {
      if (!header.keyslot(number).isEnabled()) {
        mendKeyslot(number, layout.keyslotOffsetBytes(number));
      }
    }
  }

  private void mendHash() {
    String name = header.hash().toLowerCase(Locale.ROOT);
    if (!name.equals(header.hash()) && HashAlgorithm.ofLuksName(name).isPresent()) {
      mended.add("hash \"%s\" is now \"%s\"".formatted(header.hash(), name));
      header = header.withHash(name);
    }
  }

  private void mendKeyslot(int number, long offsetBytes) {
    Luks1Keyslot found = header.keyslot(number);
    List<String> wrong = new ArrayList<>();
    if (found.offsetBytes() != offsetBytes) {
      wrong.add("offset %d is now %d".formatted(found.offsetBytes(), offsetBytes));
    }
    if (found.stripes() != Keyslot.STRIPES) {
      wrong.add("%d stripes are now %d".formatted(found.stripes(), Keyslot.STRIPES));
    }
    if (found.state() != Luks1Keyslot.DISABLED) {
      wrong.add("state %08x is now disabled".formatted(found.state()));
    }
    if (number == 6 && header.hasBootMark()) {
      wrong.add("a boot sector's mark is gone");
    }
    if (!wrong.isEmpty()) {
      mended.add("keyslot %d: %s".formatted(number, String.join(", ", wrong)));
      header = header.with(number, Luks1Keyslot.disabled(offsetBytes));
    }
  }
}
