package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.luks.CryptSegment;

/**
 * The plaintext of a crypt segment over a backing device: encrypts what is written and decrypts
 * what is read.
 *
 * <p>Requests may begin and end anywhere; sectors that one covers in part are read, changed and
 * written under a lock on their range. Closing it closes the cipher and the backing device.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class EncryptedBlockDevice implements BlockDevice {
  /** What becomes of a trim. */
  public enum TrimPolicy {
    /** Nothing: the backing device does not learn which sectors are in use. */
    IGNORE,
    /** It is passed on, which shows which sectors are in use. */
    PASS_THROUGH
  }

  /**
   * Opens the segment.
   *
   * @param cipher keyed with the volume key; its sector size is the segment's
   * @throws IOException if the segment does not lie within the backing device
   */
  public EncryptedBlockDevice(
      BlockDevice backing, CryptSegment segment, SectorCipher cipher, TrimPolicy trimPolicy)
      throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public long sizeBytes() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void flush() throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() throws IOException {
    throw new UnsupportedOperationException();
  }
}
