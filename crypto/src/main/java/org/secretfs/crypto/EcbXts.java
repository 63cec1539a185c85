package org.secretfs.crypto;

/**
 * AES-XTS around a block cipher that is fast over many blocks and slow to call. A request goes in
 * chunks: the tweaks of all its sectors are encrypted in one call, doubled out into a mask, which
 * is added, all blocks encrypted in one call, and the mask added again. A chunk stays in the
 * processor's nearest cache through these passes. Allocates nothing per request.
 */
abstract class EcbXts extends ArrayContext {
  private static final int CHUNK_BYTES = 16 * 1024;

  private final TweakMask mask = new TweakMask(CHUNK_BYTES);

  /** Encrypts blocks in place under the tweak key. */
  abstract void encryptTweaks(byte[] tweaks, int length);

  /** Encrypts or decrypts blocks in place under the data key. */
  abstract void transform(boolean encrypt, byte[] data, int offset, int length);

  /** Drops the keys. */
  abstract void closeKeys();

  @Override
  final void run(
      boolean encrypt, byte[] data, int offset, int length, int unitBytes, long first, int step) {
    int sectorsPerChunk = CHUNK_BYTES / unitBytes;
    int sectors = length / unitBytes;
    for (int done = 0; done < sectors; done += sectorsPerChunk) {
      int count = Math.min(sectorsPerChunk, sectors - done);
      encryptTweaks(mask.sectorTweaks(), mask.setSectors(count, first + (long) done * step, step));
      mask.expand(count, unitBytes);
      runChunk(encrypt, data, offset + done * unitBytes, count * unitBytes);
    }
  }

  private void runChunk(boolean encrypt, byte[] data, int offset, int length) {
    mask.addTo(data, offset, length);
    transform(encrypt, data, offset, length);
    mask.addTo(data, offset, length);
  }

  @Override
  public final void close() {
    super.close();
    mask.wipe();
    closeKeys();
  }
}
