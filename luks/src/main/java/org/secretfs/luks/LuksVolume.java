package org.secretfs.luks;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.util.UUID;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A LUKS volume by its header, whatever the version: what is in it, and the updates of it.
 *
 * <p>The {@code format} of either version makes a new volume whatever was on the device before; its
 * caller has made sure that this is wanted. It costs one key derivation. After a crash in the
 * middle the device is as before, or probes as {@link LuksProbe.Kind#UNFINISHED_FORMAT}, or holds
 * the finished volume; formatting again is always possible.
 *
 * <p>Reading never writes, not even to repair. Updates are durable when they return; a crash in the
 * middle leaves a volume that opens as before or as after. The storage stays the caller's, who
 * closes it after the last use of the volume. Safe for use by several threads.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §4 LUKS2 Operations
 */
public sealed interface LuksVolume extends LuksHeader permits Luks1Volume, Luks2Volume {
  /**
   * Reads the header of either version.
   *
   * @throws LuksException.NotLuks if there is no trace of LUKS
   * @throws LuksException.CorruptHeader if the header breaks a rule of its format
   * @throws LuksException.UnsupportedFeature if the header needs what this library does not do
   * @throws LuksException.ReencryptionUnfinished if the volume is in re-encryption, of which {@link
   *     LuksHeader#read} makes no difference
   */
  static LuksVolume read(LuksStorage storage) throws IOException, LuksException {
    try {
      return Luks2Volume.read(storage);
    } catch (LuksException.NotLuks e) {
      if (Luks1Header.isAt(storage)) {
        return Luks1Volume.read(storage);
      }
      throw e;
    }
  }

  /**
   * Gives the volume another UUID, durably; a crash leaves the old or the new. Whoever names it by
   * the old one no longer finds it.
   *
   * @throws LuksException.HeaderChanged if the header was updated since it was read
   */
  void setUuid(UUID uuid) throws IOException, LuksException;

  /** Where the data lies and how it is encrypted. */
  CryptSegment segment();

  /**
   * Returns the volume key if {@code passphrase} opens the keyslot {@code number}; otherwise as
   * {@link #unlock(SecretBuffer)}.
   */
  VolumeKey unlock(SecretBuffer passphrase, int number) throws IOException, LuksException;

  /**
   * Adds a keyslot that {@code passphrase} opens. Costs one key derivation.
   *
   * @param key the volume's key, as {@link #unlock} returns it; stays the caller's
   * @param passphrase 1 byte or more; stays the caller's
   * @param kdf for LUKS1 always PBKDF2 with the header's hash
   * @return its number
   * @throws LuksException.NoKeyslotOpened if {@code key} is not the volume's
   * @throws LuksException.NoRoom if all numbers or all areas are in use; nothing was written
   * @throws LuksException.HeaderChanged if the header was updated since it was read
   * @throws LuksException.UnsupportedFeature if the volume's format has no such {@code kdf}
   */
  default int addKeyslot(VolumeKey key, SecretBuffer passphrase, KdfParameters kdf)
      throws IOException, LuksException {
    return addKeyslot(key, passphrase, KeyslotOptions.of(kdf));
  }

  /**
   * Adds a keyslot under a number, with a priority or an encryption of its own; otherwise as {@link
   * #addKeyslot(VolumeKey, SecretBuffer, KdfParameters)}.
   *
   * @throws LuksException.KeyslotInvalid if the number is in use
   * @throws LuksException.UnsupportedFeature if the format has no such number, priority or
   *     encryption
   */
  int addKeyslot(VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException;

  /** Whether no other keyslot than {@code number} holds the volume's key. */
  boolean isLastKeyslot(int number);

  /**
   * Replaces the passphrase and the parameters of the keyslot {@code number}; errors as for {@link
   * #addKeyslot}.
   *
   * @return the number of the keyslot that took its place: the same in LUKS2, another in LUKS1
   * @throws LuksException.KeyslotInvalid if there is no such keyslot
   */
  @CanIgnoreReturnValue
  default int changeKeyslot(int number, VolumeKey key, SecretBuffer passphrase, KdfParameters kdf)
      throws IOException, LuksException {
    return changeKeyslot(number, key, passphrase, KeyslotOptions.of(kdf));
  }

  /**
   * The same with an encryption of its own. Number and priority stay the keyslot's, whatever {@code
   * options} say.
   */
  @CanIgnoreReturnValue
  int changeKeyslot(int number, VolumeKey key, SecretBuffer passphrase, KeyslotOptions options)
      throws IOException, LuksException;

  /**
   * Destroys the keyslot {@code number}: its area is overwritten before the header forgets it, so
   * that after a crash the removal can be repeated.
   *
   * @throws LuksException.KeyslotInvalid if there is no such keyslot, or it is the last one that
   *     holds the volume's key
   */
  void removeKeyslot(int number) throws IOException, LuksException;

  /**
   * Destroys the keyslot {@code number} even if it is the last: without a copy of the header or of
   * the volume's key, the data is lost.
   */
  void removeKeyslotEvenIfLast(int number) throws IOException, LuksException;
}
