package org.secretfs.luks;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.KeyslotInfo.Priority;

/** Tries a passphrase on the keyslots that hold the volume key. */
final class Unlocker {
  private final LuksStorage storage;
  private final Metadata metadata;
  private final Digest digest;

  Unlocker(LuksStorage storage, Metadata metadata) {
    this(storage, metadata, metadata.segmentDigest());
  }

  /** Tries the keyslots of the key that {@code digest} proves. */
  Unlocker(LuksStorage storage, Metadata metadata, Digest digest) {
    this.storage = storage;
    this.metadata = metadata;
    this.digest = digest;
  }

  /** For the key of one keyslot, whatever key it holds. */
  Unlocker(LuksStorage storage, Metadata metadata, int number) throws LuksException {
    this.storage = storage;
    this.metadata = metadata;
    this.digest =
        metadata.digests().values().stream()
            .filter(one -> one.keyslots().contains(number))
            .findFirst()
            .orElseThrow(() -> LuksException.NoKeyslotOpened.ofFree(number));
  }

  VolumeKey unlock(SecretBuffer passphrase) throws IOException, LuksException {
    int tried = 0;
    for (Keyslot keyslot : candidates()) {
      tried++;
      Optional<VolumeKey> key = open(keyslot, passphrase);
      if (key.isPresent()) {
        return key.get();
      }
    }
    if (tried == 0) {
      throw nothingToTry();
    }
    throw new LuksException.NoKeyslotOpened(tried);
  }

  private List<Keyslot> candidates() {
    return metadata.keyslots().entrySet().stream()
        .filter(entry -> digest.keyslots().contains(entry.getKey()))
        .map(Map.Entry::getValue)
        .filter(keyslot -> keyslot.priority() != Priority.IGNORE && isSupported(keyslot))
        .sorted(Comparator.comparing(Keyslot::priority).reversed())
        .toList();
  }

  private LuksException nothingToTry() {
    boolean allIgnored =
        metadata.keyslots().values().stream().allMatch(slot -> slot.priority() == Priority.IGNORE);
    return allIgnored
        ? new LuksException.NoKeyslotOpened(0)
        : new LuksException.UnsupportedFeature(
            "no keyslot of the volume is of a kind that can be opened here");
  }

  VolumeKey unlock(SecretBuffer passphrase, int number) throws IOException, LuksException {
    Keyslot keyslot = metadata.keyslots().get(number);
    if (keyslot == null) {
      throw LuksException.NoKeyslotOpened.ofFree(number);
    }
    if (!digest.keyslots().contains(number)) {
      throw LuksException.NoKeyslotOpened.ofUnbound(number);
    }
    if (!isSupported(keyslot)) {
      throw new LuksException.UnsupportedFeature(
          "keyslot %d is of a kind that cannot be opened here".formatted(number));
    }
    return open(keyslot, passphrase).orElseThrow(() -> new LuksException.NoKeyslotOpened(1));
  }

  private static boolean isSupported(Keyslot keyslot) {
    return KeyslotArea.isSupported(keyslot.area())
        && keyslot.keySizeBytes() >= VolumeKey.MIN_LENGTH_BYTES
        && keyslot.keySizeBytes() <= VolumeKey.MAX_LENGTH_BYTES;
  }

  private Optional<VolumeKey> open(Keyslot keyslot, SecretBuffer passphrase)
      throws IOException, LuksException {
    SecretBuffer candidate = candidateKey(keyslot, passphrase);
    boolean proven = false;
    try {
      proven = KeyDerivation.proves(digest, candidate);
      return proven ? Optional.of(VolumeKey.takeOver(candidate)) : Optional.empty();
    } finally {
      if (!proven) {
        candidate.close();
      }
    }
  }

  private SecretBuffer candidateKey(Keyslot keyslot, SecretBuffer passphrase)
      throws IOException, LuksException {
    int areaKeyBytes = keyslot.area().keySizeBytes();
    try (SecretBuffer areaKey =
        KeyDerivation.areaKey(keyslot.kdf(), passphrase, keyslot.kdfSalt(), areaKeyBytes)) {
      return KeyslotArea.read(storage, keyslot, areaKey);
    }
  }
}
