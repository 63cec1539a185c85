package org.secretfs.luks;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A volume in re-encryption, unlocked: to be resumed, or to be served in its parts.
 *
 * <p>A re-encryption is begun by {@link ReencryptionSetup}, or by cryptsetup, and either resumes
 * what the other left, after a crash at any point, too. Only one program re-encrypts a volume at a
 * time, and this one holds the lock for that. Both storages stay the caller's. Used by one thread
 * at a time.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 on-disk format 1.1.4 §4.9
 */
public final class Reencryption implements AutoCloseable {
  private final LuksStorage headerStorage;
  private final LuksStorage data;
  private final ReencryptKeys keys;
  private final Map<Integer, Token> manifests;
  private final LuksStorage.Lock lock;
  private final UUID uuid;
  private ReencryptHeader header;

  /**
   * What a header says of a re-encryption, without any key.
   *
   * @param mode {@code reencrypt}, {@code encrypt} or {@code decrypt}
   * @param direction {@code forward} or {@code backward}
   * @param resilience as the header names it
   * @param previous how the data was
   * @param target how the data will be
   * @param untouched whether all data is as it was before
   * @param interrupted whether a part was being rewritten: to be recovered before anything else
   */
  public record Status(
      UUID uuid,
      String mode,
      String direction,
      String resilience,
      VolumeSegment previous,
      VolumeSegment target,
      boolean untouched,
      boolean interrupted) {
    static Status of(UUID uuid, ReencryptMetadata metadata) {
      return new Status(
          uuid,
          metadata.mode().stored(),
          metadata.keyslot().direction().stored(),
          metadata.resilience().kind().stored(),
          metadata.previous(),
          metadata.target(),
          metadata.isUntouched(),
          metadata.isInterrupted());
    }
  }

  private Reencryption(
      LuksStorage headerStorage,
      LuksStorage data,
      ReencryptHeader header,
      ReencryptKeys keys,
      Map<Integer, Token> manifests,
      LuksStorage.Lock lock) {
    this.headerStorage = headerStorage;
    this.data = data;
    this.header = header;
    this.keys = keys;
    this.manifests = manifests;
    this.lock = lock;
    this.uuid = header.uuid();
  }

  /** Returns what the header says; empty if the volume is not in re-encryption. Writes nothing. */
  public static Optional<Status> status(LuksStorage headerStorage)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = headerStorage.lock(LuksStorage.LockMode.SHARED)) {
      HeaderCopy copy = HeaderCopies.read(headerStorage).current(headerStorage);
      return copy.metadata()
          .reencryption()
          .map(metadata -> Status.of(copy.binary().uuid(), metadata));
    }
  }

  /**
   * Unlocks a volume in re-encryption and proves its metadata.
   *
   * <p>Costs a key derivation per keyslot tried, for each of the two keys.
   *
   * @param data where the data is; the same as the header's unless that is detached
   * @param passphrases each of both keys has to be opened by one of them, or the new one only if
   *     all data is under it; they stay the caller's
   * @return the volume, which the caller closes
   * @throws LuksException.ReencryptionRefused if the volume is not in re-encryption, or what its
   *     header says of it was not written by somebody with its keys
   * @throws LuksException.NoKeyslotOpened if a key is not opened
   * @throws LuksException.HeaderBusy if another program re-encrypts the volume
   */
  public static Reencryption open(
      LuksStorage headerStorage, LuksStorage data, List<SecretBuffer> passphrases)
      throws IOException, LuksException {
    ReencryptHeader seen = ReencryptHeader.open(headerStorage);
    seen.reencryption();
    LuksStorage.Lock lock = headerStorage.lockReencryption(seen.uuid());
    ReencryptKeys keys = null;
    try {
      ReencryptHeader header = ReencryptHeader.open(headerStorage);
      keys = unlock(header, passphrases);
      prove(header, keys);
      // Nobody vouches for a header that nothing proves.
      Map<Integer, Token> manifests =
          isProvable(header.reencryption(), keys)
              ? ManifestRenewal.renewed(header, passphrases)
              : Map.of();
      return new Reencryption(headerStorage, data, header, keys, manifests, lock);
    } catch (IOException | LuksException | RuntimeException e) {
      if (keys != null) {
        keys.close();
      }
      lock.close();
      throw e;
    }
  }

  private static ReencryptKeys unlock(ReencryptHeader header, List<SecretBuffer> passphrases)
      throws IOException, LuksException {
    ReencryptMetadata metadata = header.reencryption();
    VolumeKey newKey = key(header, metadata.newDigest(), passphrases);
    try {
      VolumeKey oldKey =
          metadata.newDigest() == metadata.oldDigest() ? newKey : oldKey(header, passphrases);
      return new ReencryptKeys(oldKey, newKey);
    } catch (IOException | LuksException | RuntimeException e) {
      if (newKey != null) {
        newKey.close();
      }
      throw e;
    }
  }

  /**
   * The old key; null where the data has none. Null too if no data is under it any more and no
   * keyslot opens it: cryptsetup removes the old keyslots one by one before it ends, and whatever
   * kills it then leaves a volume that only the new key opens.
   */
  private static @Nullable VolumeKey oldKey(ReencryptHeader header, List<SecretBuffer> passphrases)
      throws IOException, LuksException {
    ReencryptMetadata metadata = header.reencryption();
    try {
      return key(header, metadata.oldDigest(), passphrases);
    } catch (LuksException.NoKeyslotOpened | LuksException.UnsupportedFeature e) {
      if (metadata.isUnderNewKeyOnly()) {
        return null;
      }
      throw e;
    }
  }

  private static @Nullable VolumeKey key(
      ReencryptHeader header, int digest, List<SecretBuffer> passphrases)
      throws IOException, LuksException {
    if (digest < 0) {
      return null;
    }
    Digest proof = java.util.Objects.requireNonNull(header.metadata().digests().get(digest));
    Unlocker unlocker = new Unlocker(header.storage(), header.metadata(), proof);
    int tried = 0;
    for (SecretBuffer passphrase : passphrases) {
      try {
        return unlocker.unlock(passphrase);
      } catch (LuksException.NoKeyslotOpened e) {
        tried += e.tried();
      }
    }
    throw new LuksException.NoKeyslotOpened(tried);
  }

  /**
   * The proof is over both keys. Where the old one is gone there is none, and nothing that it would
   * prove: no data is moved, and the segments count as much as those of any header.
   */
  private static void prove(ReencryptHeader header, ReencryptKeys keys) throws LuksException {
    ReencryptMetadata metadata = header.reencryption();
    if (isProvable(metadata, keys)) {
      ReencryptProof.require(
          metadata, header.metadata().digests().get(metadata.proofDigest()), keys);
    } else if (!metadata.isUnderNewKeyOnly()) {
      throw new LuksException.ReencryptionRefused(
          "the header changed: data is under the old key, which no keyslot opened");
    }
  }

  private static boolean isProvable(ReencryptMetadata metadata, ReencryptKeys keys) {
    return metadata.oldDigest() < 0 || keys.oldKey().isPresent();
  }

  /** The volume's UUID. */
  public UUID uuid() {
    return uuid;
  }

  /** How the data was. */
  public VolumeSegment previous() throws LuksException {
    return header.reencryption().previous();
  }

  /** How the data will be. */
  public VolumeSegment target() throws LuksException {
    return header.reencryption().target();
  }

  /** Where the first part of the old data was moved to, if it was. */
  public Optional<VolumeSegment> moved() throws LuksException {
    return header.reencryption().moved();
  }

  /** The parts of the volume now, in their order; only after {@link #recover}. */
  public List<HotzoneGate.Section> sections(OptionalLong volumeBytes) throws LuksException {
    return ReencryptPlan.of(header.reencryption(), data.sizeBytes(), volumeBytes).sections();
  }

  /** The cipher of old data; empty if it is plain, or none is left. The caller closes it. */
  public Optional<SectorCipher> oldCipher() throws LuksException {
    return keys.oldKey().isEmpty() ? Optional.empty() : cipher(previous(), keys.oldKey());
  }

  /** The cipher of new data; empty if it is plain. The caller closes it. */
  public Optional<SectorCipher> newCipher() throws LuksException {
    return cipher(target(), keys.newKey());
  }

  private static Optional<SectorCipher> cipher(VolumeSegment segment, Optional<VolumeKey> key)
      throws LuksException {
    return segment.isEncrypted()
        ? Optional.of(ZoneMover.open(segment, key.orElseThrow()))
        : Optional.empty();
  }

  /** Finishes the part that was being rewritten when something cut it off, and nothing else. */
  public void recover() throws IOException, LuksException {
    try (ReencryptSession session =
        new ReencryptSession(
            reread(), data, keys, ReencryptRun.fastest(), HotzoneGate.NONE, manifests)) {
      session.recover();
    }
  }

  /**
   * Goes on until the end, or until the listener says so; what was interrupted is recovered first.
   * May be called again after it returned false or threw.
   *
   * @param gate keeps whoever uses the volume out of what is being rewritten
   * @return whether the volume is re-encrypted now
   * @throws IOException if a storage failed; the re-encryption can be resumed
   */
  public boolean run(ReencryptRun run, HotzoneGate gate, ReencryptListener listener)
      throws IOException, LuksException {
    try (ReencryptSession session =
        new ReencryptSession(reread(), data, keys, run, gate, manifests)) {
      return session.run(listener);
    }
  }

  /** What is on the device counts, not what was meant to be written when something failed. */
  private ReencryptHeader reread() throws IOException, LuksException {
    ReencryptHeader now = ReencryptHeader.open(headerStorage);
    if (!now.uuid().equals(uuid)) {
      throw new LuksException.ReencryptionRefused("the device holds another volume now");
    }
    prove(now, keys);
    header = now;
    return now;
  }

  @Override
  public void close() throws IOException {
    keys.close();
    lock.close();
  }
}
