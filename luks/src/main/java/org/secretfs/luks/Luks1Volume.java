package org.secretfs.luks;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A LUKS1 volume by its header: what is in it, and the updates of it.
 *
 * <p>The header exists once and has no checksum. Updates are ordered so that each takes effect by
 * the write of one sector of 512 bytes, which devices write whole or not at all. As with LUKS2,
 * nothing in it is authenticated; null ciphers are refused.
 *
 * @spec https://gitlab.com/cryptsetup/cryptsetup/-/wikis/LUKS-standard/on-disk-format.pdf LUKS1
 *     1.2.3 §4 LUKS operations
 */
public final class Luks1Volume implements LuksVolume {
  private final LuksStorage storage;
  private State state;

  /** What was read, and what it says. */
  private record State(Luks1Header header, Metadata metadata) {
    static State read(LuksStorage storage) throws IOException, LuksException {
      Luks1Header header = Luks1Header.read(storage);
      return new State(header, Luks1Rules.judge(header, storage.sizeBytes()));
    }
  }

  private Luks1Volume(LuksStorage storage, State state) {
    this.storage = storage;
    this.state = state;
  }

  /**
   * Reads the header.
   *
   * @throws LuksException.NotLuks if there is no LUKS1 header
   * @throws LuksException.CorruptHeader if it breaks a rule of the format
   * @throws LuksException.UnsupportedFeature if its hash is not known, or its cipher encrypts
   *     nothing
   */
  public static Luks1Volume read(LuksStorage storage) throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.SHARED)) {
      return new Luks1Volume(storage, State.read(storage));
    }
  }

  /**
   * Makes a new volume, as told at {@link LuksVolume}.
   *
   * @param passphrase the bytes that open keyslot 0; stays the caller's
   * @throws LuksException.NoRoom if the device or what lies before the data is too small
   */
  public static Luks1Volume format(
      LuksStorage storage, Luks1FormatOptions options, SecretBuffer passphrase)
      throws IOException, LuksException {
    Luks1Formatter.format(storage, options, passphrase);
    return read(storage);
  }

  /**
   * Puts right what can be in a header that breaks rules, as cryptsetup's repair does: the hash's
   * name in capitals, and offset, stripes and state of keyslots that are not in use.
   *
   * @return what was put right, a line each; nothing was written if it is empty
   * @throws LuksException.CorruptHeader if a rule would be broken still; nothing was written
   */
  public static List<String> mend(LuksStorage storage) throws IOException, LuksException {
    return Luks1Mender.mend(storage);
  }

  @Override
  public int version() {
    return Luks1Header.VERSION;
  }

  @Override
  public UUID uuid() {
    return Luks1Rules.uuid(current().header());
  }

  @Override
  public synchronized void setUuid(UUID uuid) throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      editor().setUuid(uuid);
      state = State.read(storage);
    }
  }

  @Override
  public CryptSegment segment() {
    return current().metadata().segment();
  }

  /** The hash of the header: of key derivation, anti-forensic splitter and digest. */
  public String hash() {
    return current().header().hash();
  }

  /** The length of the volume key in bytes. */
  public int keySizeBytes() {
    return (int) current().header().keyBytes();
  }

  /** The iterations by which the volume key's digest was derived. */
  public int digestIterations() {
    return current().metadata().segmentDigest().iterations();
  }

  @Override
  public SortedMap<Integer, KeyslotInfo> keyslots() {
    return current().metadata().keyslotInfos();
  }

  @Override
  public SortedMap<Integer, DigestInfo> digests() {
    return current().metadata().digestInfos();
  }

  @Override
  public long headerSizeBytes() {
    return current().metadata().keyslotsSizeBytes();
  }

  private synchronized State current() {
    return state;
  }

  /** Always empty: what this class reads breaks no rule. */
  @Override
  public Optional<String> repairReason() {
    return Optional.empty();
  }

  /** Does nothing: what this class reads breaks no rule. */
  @Override
  public void repair() {}

  @Override
  public VolumeKey unlock(SecretBuffer passphrase) throws IOException, LuksException {
    return unlocker().unlock(passphrase);
  }

  @Override
  public VolumeKey unlock(SecretBuffer passphrase, int number) throws IOException, LuksException {
    return unlocker().unlock(passphrase, number);
  }

  @Override
  public VolumeKey unlockUnbound(SecretBuffer passphrase, int number)
      throws IOException, LuksException {
    return unlock(passphrase, number);
  }

  private Unlocker unlocker() throws LuksException {
    Metadata metadata = current().metadata();
    var _ = metadata.segment().cipherSpec();
    return new Unlocker(storage, metadata);
  }

  @Override
  public synchronized int addKeyslot(VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      Luks1Editor editor = editor();
      editor.requireVolumeKey(key);
      int number = editor.freeNumber(options);
      editor.enable(number, key, passphrase, options.kdf());
      state = State.read(storage);
      return number;
    }
  }

  @Override
  public void requireVolumeKey(VolumeKey key) throws LuksException {
    State now = current();
    new Luks1Editor(storage, now.header(), now.metadata()).requireVolumeKey(key);
  }

  @Override
  public boolean isLastKeyslot(int number) {
    State now = current();
    return new Luks1Editor(storage, now.header(), now.metadata()).isLast(number);
  }

  /**
   * Puts the key into a free keyslot, then destroys the keyslot {@code number}: a crash leaves a
   * volume that the old passphrase opens, or the new, or both.
   *
   * @return the number of the keyslot that took its place
   * @throws LuksException.NoRoom if all eight keyslots are in use
   */
  @Override
  @CanIgnoreReturnValue
  public synchronized int changeKeyslot(
      int number, VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      Luks1Editor editor = editor();
      editor.requireEncryptedAsData(options);
      editor.requireVolumeKey(key);
      editor.requireEnabled(number);
      int replacement = editor.freeNumber();
      editor.enable(replacement, key, passphrase, options.kdf());
      editor.disable(number);
      state = State.read(storage);
      return replacement;
    }
  }

  @Override
  public void removeKeyslot(int number) throws IOException, LuksException {
    removeKeyslot(number, false);
  }

  @Override
  public void removeKeyslotEvenIfLast(int number) throws IOException, LuksException {
    removeKeyslot(number, true);
  }

  private synchronized void removeKeyslot(int number, boolean evenIfLast)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      Luks1Editor editor = editor();
      editor.requireEnabled(number);
      if (!evenIfLast && editor.isLast(number)) {
        throw LuksException.KeyslotInvalid.last(number);
      }
      editor.disable(number);
      state = State.read(storage);
    }
  }

  @Override
  public synchronized void erase() throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      Luks1Editor editor = editor();
      for (int number : state.metadata().keyslots().keySet()) {
        editor.disable(number);
      }
      state = State.read(storage);
    }
  }

  /** Under the exclusive lock: makes sure that nothing changed. */
  private Luks1Editor editor() throws IOException, LuksException {
    State found = State.read(storage);
    if (!found.header().sameAs(state.header())) {
      throw new LuksException.HeaderChanged();
    }
    return new Luks1Editor(storage, found.header(), found.metadata());
  }
}
