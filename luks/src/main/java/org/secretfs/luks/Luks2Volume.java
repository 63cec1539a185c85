package org.secretfs.luks;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.OptionException;

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
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §2 LUKS2 On-Disk Format
 */
public final class Luks2Volume extends StoredHeader implements LuksVolume, Luks2Header {
  private final LuksStorage storage;

  private Luks2Volume(Luks2State state) {
    super(state);
    this.storage = state.storage();
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
   *     then in parts, see {@link Reencryption} and {@link ReencryptingHeader}
   */
  public static Luks2Volume read(LuksStorage storage) throws IOException, LuksException {
    return new Luks2Volume(Luks2State.read(storage));
  }

  /**
   * Makes a new volume, as told at {@link LuksVolume}.
   *
   * @param passphrase the bytes that open the keyslot; stays the caller's
   * @throws LuksException.NoRoom if the device or a part of the header is too small
   * @throws LuksException.TokenInvalid if a token names another keyslot than that one
   */
  public static Luks2Volume format(
      LuksStorage storage, FormatOptions options, SecretBuffer passphrase)
      throws IOException, LuksException {
    Luks2Formatter.format(storage, options, passphrase);
    return read(storage);
  }

  /**
   * Rewrites the bad copy of the header from the good one; does nothing if both are good.
   *
   * @throws LuksException.HeaderChanged if the header was updated since it was read
   */
  @Override
  public synchronized void repair() throws IOException, LuksException {
    state().repair();
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
    return new Manifests(state().header()).authenticate(secret, volume, leastEpoch);
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
    HeaderCopy header = state().header();
    Token token = Manifest.make(header.json(), uuid().toString(), keyslot, secret, options);
    Optional<Integer> number = new Manifests(header).numberFor(keyslot);
    if (number.isPresent()) {
      putToken(number.get(), token);
    } else {
      addToken(token);
    }
  }

  @Override
  public VolumeKey unlockUnbound(SecretBuffer passphrase, int number)
      throws IOException, LuksException {
    return new Unlocker(storage, metadata(), number).unlock(passphrase, number);
  }

  @Override
  public void setUuid(UUID uuid) throws IOException, LuksException {
    update(binary -> binary.withUuid(uuid), json -> {});
  }

  @Override
  public CryptSegment segment() {
    return metadata().segment();
  }

  /** The proof of the volume's key, without the keyslots that hold it. */
  String volumeKeyDigest() {
    Digest digest = metadata().segmentDigest();
    return digest.salt() + digest.value();
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
      throw new OptionException("token %d: must be 0 to 31".formatted(number));
    }
  }

  /**
   * Adds a keyslot. The key's area is durable before the header names it, so that a crash leaves
   * the volume with or without the new keyslot.
   */
  @Override
  public synchronized int addKeyslot(VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException {
    return new Luks2Keyslots(state()).add(key, passphrase, options);
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
    return new Luks2Keyslots(state()).addUnbound(key, passphrase, options);
  }

  /**
   * Replaces the passphrase and the parameters of the keyslot {@code number}. The key is written
   * into a free area first, then the header names that, then the old area is destroyed: a crash
   * leaves a keyslot that the old or the new passphrase opens.
   *
   * @return {@code number}
   */
  @Override
  @CanIgnoreReturnValue
  public synchronized int changeKeyslot(
      int number, VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException {
    return new Luks2Keyslots(state()).change(number, key, passphrase, options);
  }

  /** Destroys a keyslot, as told there. Tokens that name it no longer do. */
  @Override
  public synchronized void removeKeyslot(int number) throws IOException, LuksException {
    new Luks2Keyslots(state()).remove(number, false);
  }

  @Override
  public synchronized void removeKeyslotEvenIfLast(int number) throws IOException, LuksException {
    new Luks2Keyslots(state()).remove(number, true);
  }

  @Override
  public synchronized boolean isLastKeyslot(int number) {
    return new KeyslotEditor(storage, state().header()).isLast(number);
  }

  /** Destroys every keyslot, unbound ones too, and overwrites the whole keyslots area. */
  @Override
  public synchronized void erase() throws IOException, LuksException {
    new Luks2Keyslots(state()).removeAll();
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
    new KeyslotEditor(storage, state().header()).requireVolumeKey(key);
  }

  private void update(Luks2State.Change change) throws IOException, LuksException {
    update(binary -> binary, change);
  }

  /** Changes names and JSON in one durable update. */
  synchronized void update(UnaryOperator<BinaryHeader> names, Luks2State.Change change)
      throws IOException, LuksException {
    state().update(names, change);
  }
}
