package org.secretfs.luks;

import java.io.IOException;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A LUKS2 volume by its header: what is in it, and the updates of it.
 *
 * <p>Reading never writes, not even to repair. Updates are durable when they return; a crash in the
 * middle leaves the old or the new header. The storage stays the caller's, who closes it after the
 * last use of the volume. Safe for use by several threads.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Luks2Volume {
  /**
   * Reads the header; of two valid copies the one with the higher sequence number.
   *
   * @throws LuksException.NotLuks if there is no trace of LUKS2
   * @throws LuksException.CorruptHeader if no copy is valid
   * @throws LuksException.SignaturesAmbiguous if only the secondary is valid and the place of the
   *     primary holds something else that is recognised
   * @throws LuksException.FormatUnfinished if a format began here and did not finish
   * @throws LuksException.UnsupportedFeature if the header needs what this library does not do
   */
  public static Luks2Volume read(LuksStorage storage) throws IOException, LuksException {
    throw new UnsupportedOperationException();
  }

  /**
   * Makes a new volume, whatever was on the device before; the caller has made sure that this is
   * wanted.
   *
   * <p>Costs one key derivation. After a crash in the middle the device is as before, or probes as
   * {@link LuksProbe.Kind#UNFINISHED_FORMAT}, or holds the finished volume; formatting again is
   * always possible.
   *
   * @param passphrase the bytes that open keyslot 0; stays the caller's
   * @throws LuksException.NoRoom if the device or a part of the header is too small
   */
  public static Luks2Volume format(
      LuksStorage storage, FormatOptions options, SecretBuffer passphrase)
      throws IOException, LuksException {
    throw new UnsupportedOperationException();
  }

  /** Why one copy of the header should be rewritten from the other; empty if both are equal. */
  public Optional<String> repairReason() {
    throw new UnsupportedOperationException();
  }

  /** Whether one copy of the header is damaged or older than the other. */
  public boolean needsRepair() {
    return repairReason().isPresent();
  }

  /** Rewrites the bad copy of the header from the good one; does nothing if both are good. */
  public void repair() throws IOException, LuksException {
    throw new UnsupportedOperationException();
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
   */
  public VolumeKey unlock(SecretBuffer passphrase) throws IOException, LuksException {
    throw new UnsupportedOperationException();
  }

  public UUID uuid() {
    throw new UnsupportedOperationException();
  }

  /** The label; empty if there is none. */
  public String label() {
    throw new UnsupportedOperationException();
  }

  public String subsystem() {
    throw new UnsupportedOperationException();
  }

  /** The header's sequence number: grows with each update. */
  public long seqid() {
    throw new UnsupportedOperationException();
  }

  public CryptSegment segment() {
    throw new UnsupportedOperationException();
  }

  /** The tokens by number. */
  public SortedMap<Integer, Token> tokens() {
    throw new UnsupportedOperationException();
  }

  /** The keyslots by number. */
  public SortedMap<Integer, KeyslotInfo> keyslots() {
    throw new UnsupportedOperationException();
  }

  /** The JSON area as it is on the device, compact. */
  public String jsonMetadata() {
    throw new UnsupportedOperationException();
  }

  /**
   * Adds a token under the lowest free number.
   *
   * @return its number
   * @throws LuksException.HeaderChanged if the header was updated since it was read
   * @throws LuksException.NoRoom if it does not fit; nothing was written
   */
  public int addToken(Token token) throws IOException, LuksException {
    throw new UnsupportedOperationException();
  }

  /**
   * Stores a token under {@code number}, 0 to 31, in place of any other; errors as for addToken.
   */
  public void putToken(int number, Token token) throws IOException, LuksException {
    throw new UnsupportedOperationException();
  }

  /** Removes the token {@code number}; does nothing if there is none; errors as for addToken. */
  public void removeToken(int number) throws IOException, LuksException {
    throw new UnsupportedOperationException();
  }
}
