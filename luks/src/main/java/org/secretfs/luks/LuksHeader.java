package org.secretfs.luks;

import java.io.IOException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The header of a volume, in re-encryption or not: what can be looked at in either state, and the
 * two things that are done to either without its key: mending and erasing.
 *
 * <p>Reading never writes, not even to repair. The storage stays the caller's, who closes it after
 * the last use. Safe for use by several threads.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §4 LUKS2 Operations
 */
public sealed interface LuksHeader permits LuksVolume, Luks2Header {
  /**
   * Reads the header of either version, of a volume in either state.
   *
   * @throws LuksException.NotLuks if there is no trace of LUKS
   * @throws LuksException.CorruptHeader if the header breaks a rule of its format
   * @throws LuksException.UnsupportedFeature if the header needs what this library does not do
   */
  static LuksHeader read(LuksStorage storage) throws IOException, LuksException {
    try {
      return LuksVolume.read(storage);
    } catch (LuksException.ReencryptionUnfinished e) {
      return ReencryptingHeader.read(storage);
    }
  }

  /** 1 or 2. */
  int version();

  UUID uuid();

  /** The keyslots in use, by number. */
  SortedMap<Integer, KeyslotInfo> keyslots();

  /** The digests by number; LUKS1 has the one of the volume key. */
  SortedMap<Integer, DigestInfo> digests();

  /** The bytes from the begin of the header device that header and keyslot areas take. */
  long headerSizeBytes();

  /** What {@link #repair} would mend; empty if there is nothing. */
  Optional<String> repairReason();

  /** Whether {@link #repair} would mend anything. */
  default boolean needsRepair() {
    return repairReason().isPresent();
  }

  /**
   * Mends what can be mended without a key; does nothing if all is well.
   *
   * @throws LuksException.HeaderChanged if the header was updated since it was read
   */
  void repair() throws IOException, LuksException;

  /**
   * Returns the key of the first of the volume's keyslots that {@code passphrase} opens.
   *
   * <p>Costs one key derivation per keyslot tried: seconds, and the memory that the keyslot asks
   * for, at most 4 GiB.
   *
   * @param passphrase the raw bytes; stays the caller's
   * @return a new key that the caller closes
   * @throws LuksException.NoKeyslotOpened if none opened
   * @throws LuksException.UnsupportedFeature if no keyslot is of a kind that this library opens
   * @throws LuksException.DerivationFailed if there is too little memory for a derivation
   */
  VolumeKey unlock(SecretBuffer passphrase) throws IOException, LuksException;

  /**
   * Returns the key of the keyslot {@code number}, the volume's or not; otherwise as {@link
   * #unlock(SecretBuffer)}. LUKS1 has keyslots of the volume's key only.
   */
  VolumeKey unlockUnbound(SecretBuffer passphrase, int number) throws IOException, LuksException;

  /**
   * Makes sure that {@code key} is the volume's; costs about a millisecond with LUKS2, and what the
   * header says with LUKS1.
   *
   * @throws LuksException.NoKeyslotOpened if it is not
   */
  void requireVolumeKey(VolumeKey key) throws LuksException;

  /**
   * Destroys every keyslot: without a copy of the header or of the volume's key, the data is lost
   * for good. A crash in the middle may leave keyslots; erasing again finishes it.
   */
  void erase() throws IOException, LuksException;
}
