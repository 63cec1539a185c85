package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A LUKS2 volume by its header: what is in it, and the updates of it.
 *
 * <p>Reading never writes, not even to repair. Updates are durable when they return; a crash in the
 * middle leaves the old or the new header. The storage stays the caller's, who closes it after the
 * last use of the volume. Safe for use by several threads.
 *
 * <p>A LUKS2 header is not authenticated: whoever can write the device can replace it, tokens and
 * cipher included. What a header says is therefore input to be judged, not a fact; null ciphers are
 * refused here.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 §2.4
 */
public final class Luks2Volume implements LuksVolume {
  private final LuksStorage storage;
  private State state;

  private record State(HeaderCopy header, Optional<String> repairReason) {
    static State read(LuksStorage storage) throws IOException, LuksException {
      HeaderCopies copies = HeaderCopies.read(storage);
      HeaderCopy header = copies.current(storage);
      copies.requireUndisputed(storage);
      if (header.metadata().reencryption().isPresent()) {
        throw new LuksException.ReencryptionUnfinished();
      }
      return new State(header, copies.repairReason());
    }

    Metadata metadata() {
      return header.metadata();
    }
  }

  private Luks2Volume(LuksStorage storage, State state) {
    this.storage = storage;
    this.state = state;
  }

  /**
   * Reads the header; of two valid copies the one with the higher sequence number.
   *
   * @throws LuksException.NotLuks if there is no trace of LUKS2
   * @throws LuksException.CorruptHeader if no copy is valid
   * @throws LuksException.SignaturesAmbiguous if only the secondary is valid and the place of the
   *     primary holds something else that is recognised
   * @throws LuksException.FormatUnfinished if a format began here and did not finish
   * @throws LuksException.UnsupportedFeature if the header needs what this library does not do
   * @throws LuksException.ReencryptionUnfinished if the volume is in re-encryption: its data is
   *     then in parts, see {@link Reencryption}
   */
  public static Luks2Volume read(LuksStorage storage) throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.SHARED)) {
      return new Luks2Volume(storage, State.read(storage));
    }
  }

  /**
   * Makes a new volume, whatever was on the device before; the caller has made sure that this is
   * wanted.
   *
   * <p>Costs one key derivation. After a crash in the middle the device is as before, or probes as
   * {@link LuksProbe.Kind#UNFINISHED_FORMAT}, or holds the finished volume; formatting again is
   * always possible.
   *
   * @param passphrase the bytes that open the keyslot; stays the caller's
   * @throws LuksException.NoRoom if the device or a part of the header is too small
   * @throws LuksException.TokenInvalid if a token names another keyslot than 0
   */
  public static Luks2Volume format(
      LuksStorage storage, FormatOptions options, SecretBuffer passphrase)
      throws IOException, LuksException {
    Luks2Formatter.format(storage, options, passphrase);
    return read(storage);
  }

  @Override
  public int version() {
    return BinaryHeader.VERSION;
  }

  /** Why one copy of the header should be rewritten from the other; empty if both are equal. */
  @Override
  public synchronized Optional<String> repairReason() {
    return state.repairReason();
  }

  /**
   * Rewrites the bad copy of the header from the good one; does nothing if both are good.
   *
   * @throws LuksException.HeaderChanged if the header was updated since it was read
   */
  @Override
  public synchronized void repair() throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      state = repaired();
    }
  }

  /** Under the exclusive lock: makes sure that both copies are what was read. */
  private State repaired() throws IOException, LuksException {
    HeaderCopies copies = HeaderCopies.read(storage);
    HeaderCopy header = copies.current(storage);
    copies.requireUndisputed(storage);
    requireUnchanged(header);
    Optional<CopyReading> bad = copies.bad();
    if (bad.isPresent()) {
      BinaryHeader binary = header.binary();
      byte[] area = HeaderWriter.jsonArea(header.json(), binary.jsonAreaBytes());
      HeaderWriter.writeCopy(storage, bad.get().which(), binary, binary.seqid(), area);
    }
    return State.read(storage);
  }

  private void requireUnchanged(HeaderCopy found) throws LuksException {
    BinaryHeader read = state.header().binary();
    BinaryHeader now = found.binary();
    if (read.seqid() != now.seqid() || !read.uuid().equals(now.uuid())) {
      throw new LuksException.HeaderChanged(read.seqid(), now.seqid());
    }
  }

  /**
   * Returns the volume key of the first keyslot that {@code passphrase} opens.
   *
   * <p>Tries the volume's keyslots by descending priority, then by number; those with priority
   * "ignore" only when named. Costs one key derivation per keyslot tried: seconds, and the memory
   * that the keyslot asks for, at most 4 GiB.
   *
   * @param passphrase the raw bytes; stays the caller's
   * @return a new key that the caller closes
   * @throws LuksException.NoKeyslotOpened if none opened
   * @throws LuksException.UnsupportedFeature if no keyslot is of a kind that this library opens
   * @throws LuksException.DerivationFailed if there is too little memory for a derivation
   */
  @Override
  public VolumeKey unlock(SecretBuffer passphrase) throws IOException, LuksException {
    return new Unlocker(storage, metadata()).unlock(passphrase);
  }

  /**
   * Returns the volume key if {@code passphrase} opens the keyslot {@code number}; otherwise as
   * {@link #unlock(SecretBuffer)}.
   */
  @Override
  public VolumeKey unlock(SecretBuffer passphrase, int number) throws IOException, LuksException {
    return new Unlocker(storage, metadata()).unlock(passphrase, number);
  }

  /**
   * Returns what the header says, if the manifest that {@code secret} made vouches for it.
   *
   * <p>To be asked before {@link #unlock(SecretBuffer, int)} wherever nobody looks on: without it,
   * whoever can write the disk chooses key and cipher. Reads no keyslot and runs no derivation that
   * a keyslot names. Costs microseconds for a random secret, otherwise one Argon2id for each
   * manifest, at most four.
   *
   * @param secret stays the caller's
   * @param volume the name that the volume must have, from a place that the disk's writer has not
   * @param leastEpoch manifests below it are refused; 1 to accept any
   * @throws LuksException.ManifestMissing if there is none
   * @throws LuksException.ManifestBroken if none was made with {@code secret}
   * @throws LuksException.HeaderNotVouchedFor if a field, the name or the epoch is another
   */
  public synchronized AuthenticHeader authenticate(
      SecretBuffer secret, String volume, long leastEpoch) throws LuksException {
    return new Manifests(state.header()).authenticate(secret, volume, leastEpoch);
  }

  /**
   * Vouches for the header as it is now: makes or renews the manifest of a keyslot. To be called
   * only for a header that somebody looked at, or that was authenticated before it was changed.
   *
   * @param secret must open {@code keyslot}; stays the caller's
   * @throws LuksException.NoKeyslotOpened if it does not; further errors as for addToken
   */
  public synchronized void writeManifest(SecretBuffer secret, int keyslot, ManifestOptions options)
      throws IOException, LuksException {
    unlock(secret, keyslot).close();
    HeaderCopy header = state.header();
    Token token = Manifest.make(header.json(), uuid().toString(), keyslot, secret, options);
    Optional<Integer> number = new Manifests(header).numberFor(keyslot);
    if (number.isPresent()) {
      putToken(number.get(), token);
    } else {
      addToken(token);
    }
  }

  /**
   * Returns the key of the keyslot {@code number}, bound to the volume or not; otherwise as {@link
   * #unlock(SecretBuffer, int)}.
   */
  public VolumeKey unlockUnbound(SecretBuffer passphrase, int number)
      throws IOException, LuksException {
    return new Unlocker(storage, metadata(), number).unlock(passphrase, number);
  }

  @Override
  public UUID uuid() {
    return binary().uuid();
  }

  /** The label; empty if there is none. */
  public String label() {
    return binary().label();
  }

  /** The subsystem; empty if there is none. */
  public String subsystem() {
    return binary().subsystem();
  }

  /** The header's sequence number: grows with each update. */
  public long seqid() {
    return binary().seqid();
  }

  /** The bytes of one copy of the header. */
  public long metadataSizeBytes() {
    return binary().sizeBytes();
  }

  @Override
  public long headerSizeBytes() {
    return 2 * metadataSizeBytes() + keyslotsSizeBytes();
  }

  /** The bytes for keyslot areas, which follow both copies of the header. */
  public long keyslotsSizeBytes() {
    return metadata().keyslotsSizeBytes();
  }

  @Override
  public CryptSegment segment() {
    return metadata().segment();
  }

  /** The tokens by number. */
  public SortedMap<Integer, Token> tokens() {
    return Collections.unmodifiableSortedMap(metadata().tokens());
  }

  @Override
  public SortedMap<Integer, KeyslotInfo> keyslots() {
    return metadata().keyslotInfos();
  }

  /** The JSON area, compact. */
  public synchronized String jsonMetadata() {
    return HeaderJson.text(state.header().json());
  }

  /** The proof of the volume's key, without the keyslots that hold it. */
  String volumeKeyDigest() {
    Digest digest = metadata().segmentDigest();
    return digest.salt() + digest.value();
  }

  private synchronized BinaryHeader binary() {
    return state.header().binary();
  }

  private synchronized Metadata metadata() {
    return state.metadata();
  }

  /**
   * Adds a token under the lowest free number.
   *
   * @return its number
   * @throws LuksException.HeaderChanged if the header was updated since it was read
   * @throws LuksException.TokenInvalid if it names a keyslot that is not there
   * @throws LuksException.NoRoom if it does not fit; nothing was written
   * @throws IOException if the storage failed; the old or the new header is in effect
   */
  public synchronized int addToken(Token token) throws IOException, LuksException {
    int number = 0;
    while (metadata().tokens().containsKey(number)) {
      number++;
    }
    if (number > Metadata.MAX_NUMBER) {
      throw new LuksException.NoRoom("all %d tokens are in use".formatted(number));
    }
    putToken(number, token);
    return number;
  }

  /** Stores a token under {@code number}, 0 to 31, in place of any other; errors as addToken. */
  public void putToken(int number, Token token) throws IOException, LuksException {
    requireNumber(number);
    update(json -> json.withObject("/tokens").set(Integer.toString(number), token.json()));
  }

  /** Removes the token {@code number}; does nothing if there is none; errors as addToken. */
  public synchronized void removeToken(int number) throws IOException, LuksException {
    requireNumber(number);
    if (metadata().tokens().containsKey(number)) {
      update(json -> json.withObject("/tokens").remove(Integer.toString(number)));
    }
  }

  private static void requireNumber(int number) {
    if (number < 0 || number > Metadata.MAX_NUMBER) {
      throw new IllegalArgumentException("token %d: must be 0 to 31".formatted(number));
    }
  }

  /**
   * Adds a keyslot that {@code passphrase} opens.
   *
   * <p>Costs one key derivation. The key's area is durable before the header names it, so that a
   * crash leaves the volume with or without the new keyslot.
   *
   * @param key the volume's key, as {@link #unlock} returns it; stays the caller's
   * @param passphrase 1 byte or more; stays the caller's
   * @return its number
   * @throws LuksException.NoKeyslotOpened if {@code key} is not the volume's
   * @throws LuksException.NoRoom if all numbers or all areas are in use; nothing was written
   * @throws LuksException.HeaderChanged if the header was updated since it was read
   */
  @Override
  public int addKeyslot(VolumeKey key, SecretBuffer passphrase, KdfParameters kdf)
      throws IOException, LuksException {
    return addKeyslot(key, passphrase, KeyslotOptions.of(kdf));
  }

  /**
   * Adds a keyslot as {@link #addKeyslot(VolumeKey, SecretBuffer, KdfParameters)} does, under a
   * number or with a priority of its own.
   *
   * @throws LuksException.KeyslotInvalid if the number is in use
   */
  @Override
  public synchronized int addKeyslot(VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      KeyslotEditor editor = editor();
      editor.requireVolumeKey(key);
      int number = editor.freeNumber(options.number());
      Keyslot keyslot = editor.describe(key, options.kdf()).withPriority(options.priority());
      fillAndStore(editor.with(number, keyslot), keyslot, passphrase, key);
      return number;
    }
  }

  /**
   * Adds a keyslot for a key that is not the volume's: an unbound one, which {@link #unlock} never
   * tries. The key gets a digest of its own. Otherwise as {@link #addKeyslot}.
   *
   * @param key any key of 16 to 64 bytes, as a volume key to come; stays the caller's
   */
  public synchronized int addUnboundKeyslot(
      VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      KeyslotEditor editor = editor();
      int number = editor.freeNumber(options.number());
      Keyslot keyslot = editor.describe(key, options.kdf()).withPriority(options.priority());
      fillAndStore(editor.withUnbound(number, keyslot, key), keyslot, passphrase, key);
      return number;
    }
  }

  /**
   * Replaces the passphrase and the parameters of the keyslot {@code number}.
   *
   * <p>The key is written into a free area first, then the header names that, then the old area is
   * destroyed: a crash leaves a keyslot that the old or the new passphrase opens. Errors as for
   * {@link #addKeyslot}.
   *
   * @return {@code number}
   * @throws LuksException.KeyslotInvalid if there is no such keyslot
   */
  @Override
  @CanIgnoreReturnValue
  public synchronized int changeKeyslot(
      int number, VolumeKey key, SecretBuffer passphrase, KdfParameters kdf)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      KeyslotEditor editor = editor();
      editor.requireVolumeKey(key);
      Keyslot old = editor.requireBound(number);
      Keyslot keyslot = editor.describe(key, kdf).withPriority(old.priority());
      fillAndStore(editor.with(number, keyslot), keyslot, passphrase, key);
      editor.destroy(old.area());
      return number;
    }
  }

  /**
   * Destroys the keyslot {@code number}: its area is overwritten before the header forgets it, so
   * that after a crash the removal can be repeated. Tokens that name it no longer do.
   *
   * @throws LuksException.KeyslotInvalid if there is no such keyslot, or it is the last one that
   *     holds the volume's key
   */
  @Override
  public void removeKeyslot(int number) throws IOException, LuksException {
    removeKeyslot(number, false);
  }

  /**
   * Destroys the keyslot {@code number} even if it is the last: without a copy of the header or of
   * the volume's key, the data is lost.
   */
  @Override
  public void removeKeyslotEvenIfLast(int number) throws IOException, LuksException {
    removeKeyslot(number, true);
  }

  /** Whether no other keyslot than {@code number} holds the volume's key. */
  @Override
  public synchronized boolean isLastKeyslot(int number) {
    return new KeyslotEditor(storage, state.header()).isLast(number);
  }

  private synchronized void removeKeyslot(int number, boolean evenIfLast)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      KeyslotEditor editor = editor();
      Keyslot keyslot = editor.require(number);
      if (!evenIfLast && editor.isLast(number)) {
        throw new LuksException.KeyslotInvalid(
            "keyslot %d is the last that holds the volume's key".formatted(number));
      }
      editor.destroy(keyslot.area());
      store(editor.without(List.of(number)));
    }
  }

  /**
   * Destroys every keyslot, unbound ones too, and overwrites the whole keyslots area with random
   * bytes: without a backup of the header or the volume key, the data is lost for good. A crash in
   * the middle may leave keyslots that open nothing; erasing again finishes it.
   */
  @Override
  public synchronized void erase() throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      KeyslotEditor editor = editor();
      editor.destroyAll();
      store(editor.without(metadata().keyslots().keySet()));
    }
  }

  /** Names, UUID and priorities, and their updates. */
  public VolumeSettings settings() {
    return new VolumeSettings(this);
  }

  /**
   * Makes sure that {@code key} is the volume's; costs about a millisecond.
   *
   * @throws LuksException.NoKeyslotOpened if it is not
   */
  @Override
  public synchronized void requireVolumeKey(VolumeKey key) throws LuksException {
    new KeyslotEditor(storage, state.header()).requireVolumeKey(key);
  }

  private void fillAndStore(
      ObjectNode json, Keyslot keyslot, SecretBuffer passphrase, VolumeKey key)
      throws IOException, LuksException {
    requireStorable(json);
    NewKeyslot.fill(storage, keyslot, passphrase, key);
    storage.sync();
    store(json);
  }

  /** Under the exclusive lock: makes sure that nothing changed and both copies are good. */
  private KeyslotEditor editor() throws IOException, LuksException {
    state = repaired();
    return new KeyslotEditor(storage, state.header());
  }

  /** How an update changes the JSON. */
  @FunctionalInterface
  interface Change {
    void apply(ObjectNode json);
  }

  /**
   * Changes the JSON durably. A bad copy is repaired first, because while one copy is rewritten the
   * other is all there is.
   */
  private void update(Change change) throws IOException, LuksException {
    update(binary -> binary, change);
  }

  /** The same, with a change of the binary header. */
  synchronized void update(UnaryOperator<BinaryHeader> names, Change change)
      throws IOException, LuksException {
    ObjectNode json = state.header().json().deepCopy();
    change.apply(json);
    requireStorable(json);
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      state = repaired();
      store(names.apply(binary()), json);
    }
  }

  /** Refuses what a reader would refuse, or what does not fit. */
  @CanIgnoreReturnValue
  private byte[] requireStorable(ObjectNode json) throws LuksException {
    BinaryHeader binary = binary();
    MetadataReader.read(json, binary.sizeBytes(), LuksException.TokenInvalid::new);
    return HeaderWriter.jsonArea(json, binary.jsonAreaBytes());
  }

  /** Under the exclusive lock, both copies good: writes the next state of the header. */
  private void store(ObjectNode json) throws IOException, LuksException {
    store(binary(), json);
  }

  private void store(BinaryHeader binary, ObjectNode json) throws IOException, LuksException {
    byte[] area = requireStorable(json);
    HeaderWriter.writeBoth(storage, binary, binary.seqid() + 1, area);
    state = State.read(storage);
  }
}
