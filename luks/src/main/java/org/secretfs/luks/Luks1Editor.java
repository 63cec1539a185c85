package org.secretfs.luks;

import java.io.IOException;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Changes keyslots of a LUKS1 header, each durably. The caller holds the lock.
 *
 * <p>Keyslots 0 to 5 lie in the header's first sector and 7 in its second. Keyslot 6 has its state
 * in the first and the rest of its salt in the second: it is enabled by the first sector, written
 * last, and disabled by it, written first.
 */
final class Luks1Editor {
  private final LuksStorage storage;
  private final Metadata metadata;
  private Luks1Header header;

  Luks1Editor(LuksStorage storage, Luks1Header header, Metadata metadata) {
    this.storage = storage;
    this.header = header;
    this.metadata = metadata;
  }

  /** Refuses a key that is not the volume's, also the volume's with zero bytes appended. */
  void requireVolumeKey(VolumeKey key) throws LuksException {
    if (key.length() != header.keyBytes()
        || !KeyDerivation.proves(metadata.segmentDigest(), key.secret())) {
      throw LuksException.NoKeyslotOpened.ofOtherKey();
    }
  }

  /** The number that is wanted, or the lowest free one. */
  int freeNumber(KeyslotOptions options) throws LuksException {
    requireEncryptedAsData(options);
    if (options.priority() != KeyslotInfo.Priority.NORMAL) {
      throw new LuksException.UnsupportedFeature("keyslots of LUKS1 have no priority");
    }
    if (options.number().isEmpty()) {
      return freeNumber();
    }
    int number = options.number().getAsInt();
    if (number >= Luks1Header.KEYSLOTS || header.keyslot(number).isEnabled()) {
      throw new LuksException.KeyslotInvalid(
          "keyslot %d is in use, or LUKS1 has none of that number".formatted(number));
    }
    return number;
  }

  /** LUKS1 has one cipher for all. */
  void requireEncryptedAsData(KeyslotOptions options) throws LuksException {
    if (options.encryption().isPresent()) {
      throw new LuksException.UnsupportedFeature(
          "keyslots of LUKS1 are encrypted as the data is, and not otherwise");
    }
  }

  /** The UUID lies in the first sector. */
  void setUuid(UUID uuid) throws IOException {
    header = header.withUuid(uuid);
    header.writeSector(storage, 0);
  }

  int freeNumber() throws LuksException {
    for (int number = 0; number < Luks1Header.KEYSLOTS; number++) {
      if (!header.keyslot(number).isEnabled()) {
        return number;
      }
    }
    throw new LuksException.NoRoom(
        "all %d keyslots are in use: remove one first".formatted(Luks1Header.KEYSLOTS));
  }

  void requireEnabled(int number) throws LuksException {
    if (!metadata.keyslots().containsKey(number)) {
      throw new LuksException.KeyslotInvalid("there is no keyslot %d".formatted(number));
    }
  }

  boolean isLast(int number) {
    return metadata.keyslots().keySet().equals(Set.of(number));
  }

  /** Fills the area of keyslot {@code number}, then has the header name it. */
  void enable(int number, VolumeKey key, SecretBuffer passphrase, KdfParameters kdf)
      throws IOException, LuksException {
    Luks1Keyslot entry =
        Luks1Keyslot.enabled(
            header.keyslot(number).offsetBytes(), iterations(kdf), Luks1Header.newSalt());
    HashAlgorithm hash = HashAlgorithm.ofLuksName(header.hash()).orElseThrow();
    Keyslot keyslot = Luks1Rules.keyslot(header, entry, hash);
    if (!KeyslotArea.isSupported(keyslot.area())) {
      throw new LuksException.UnsupportedFeature(
          "the cipher %s with a key of %d bytes is not supported"
              .formatted(header.cipher(), header.keyBytes()));
    }
    NewKeyslot.fill(storage, keyslot, passphrase, key);
    storage.sync();
    header = header.with(number, entry);
    header.writeSector(storage, 1);
    header.writeSector(storage, 0);
  }

  private int iterations(KdfParameters kdf) throws LuksException {
    if (kdf instanceof KdfParameters.Pbkdf2(String hash, int iterations)
        && hash.equals(header.hash())) {
      return iterations;
    }
    throw new LuksException.UnsupportedFeature(
        "keyslots of this LUKS1 volume are of PBKDF2 with %s, and no other"
            .formatted(header.hash()));
  }

  /** Overwrites the area of keyslot {@code number}, then has the header forget it. */
  void disable(int number) throws IOException {
    KeyslotArea.destroy(storage, Objects.requireNonNull(metadata.keyslots().get(number)).area());
    header = header.with(number, Luks1Keyslot.disabled(header.keyslot(number).offsetBytes()));
    header.writeSector(storage, 0);
    header.writeSector(storage, 1);
  }
}
