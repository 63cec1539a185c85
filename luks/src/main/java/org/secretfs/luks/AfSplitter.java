package org.secretfs.luks;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Arrays;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The anti-forensic splitter: spreads a key over {@code stripes} so that every bit of every stripe
 * is needed to get it back, and destroying any of them destroys the key.
 *
 * <p>All stripes but the last are random; each is mixed into a running block, which is hashed after
 * each; the last stripe is the running block XOR the key. Split keys are heap arrays that their
 * holder wipes.
 *
 * @see <a href="https://clemens.endorphin.org/TKS1-draft.pdf">TKS1, An anti-forensic, two level,
 *     and iterated key setup scheme, §2.4</a>
 */
final class AfSplitter {
  private final MessageDigest digest;
  private final int digestBytes;
  private final byte[] hashed;

  private AfSplitter(HashAlgorithm hash) {
    this.digest = hash.newDigest();
    this.digestBytes = hash.lengthBytes();
    this.hashed = new byte[digestBytes];
  }

  /** Returns {@code stripes} times the key's length of bytes. */
  @BorrowsSecret(because = "the split key is encrypted in a heap array")
  static byte[] split(SecretBuffer key, int stripes, HashAlgorithm hash) {
    byte[] split = KernelRandom.bytes(key.length() * stripes);

    int last = key.length() * (stripes - 1);
    byte[] block = new AfSplitter(hash).runThrough(split, key.length(), stripes - 1);
    key.borrow(bytes -> {
      System.arraycopy(block, 0, split, last, block.length);
      xor(split, last, bytes, 0, bytes.length);
      return null;
    });
    Arrays.fill(block, (byte) 0);
    return split;
  }

  /** Returns the key that was split; any change of {@code split} gives another one. */
  static SecretBuffer merge(byte[] split, int keyBytes, int stripes, HashAlgorithm hash) {
    byte[] key = new AfSplitter(hash).runThrough(split, keyBytes, stripes - 1);
    xor(key, 0, split, keyBytes * (stripes - 1), keyBytes);
    return SecretBuffer.takeFrom(key);
  }

  private byte[] runThrough(byte[] split, int keyBytes, int stripes) {
    byte[] block = new byte[keyBytes];
    for (int stripe = 0; stripe < stripes; stripe++) {
      xor(block, 0, split, stripe * keyBytes, keyBytes);
      diffuse(block);
    }
    return block;
  }

  /** Replaces each piece as long as a hash by the hash of its number and itself. */
  private void diffuse(byte[] block) {
    byte[] number = new byte[Integer.BYTES];
    for (int piece = 0; piece * digestBytes < block.length; piece++) {
      int offset = piece * digestBytes;
      int length = Math.min(digestBytes, block.length - offset);
      ByteBuffer.wrap(number).putInt(0, piece);
      digest.update(number);
      digest.update(block, offset, length);
      finish();
      System.arraycopy(hashed, 0, block, offset, length);
    }
    Arrays.fill(hashed, (byte) 0);
  }

  private void finish() {
    try {
      digest.digest(hashed, 0, digestBytes);
    } catch (DigestException e) {
      throw new IllegalStateException("the array is as long as the digest", e);
    }
  }

  private static void xor(byte[] target, int targetOffset, byte[] source, int offset, int length) {
    for (int i = 0; i < length; i++) {
      target[targetOffset + i] ^= source[offset + i];
    }
  }
}
