package org.secretfs.crypto.kdf;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.util.Optional;
import org.secretfs.crypto.foreign.LibCrypto;

/**
 * Hashes blocks in a row, each by itself. By libcrypto where it is installed and has the hash: that
 * is fast from the first block on, where the JDK's has to be compiled first; otherwise by the JDK
 * or Bouncy Castle. May be used by several threads at once.
 */
public final class BlockHasher {
  private final HashAlgorithm hash;
  private final Optional<MemorySegment> algorithm;

  public BlockHasher(HashAlgorithm hash) {
    this(hash, hash.nativeDigest());
  }

  BlockHasher(HashAlgorithm hash, Optional<MemorySegment> algorithm) {
    this.hash = hash;
    this.algorithm = algorithm;
  }

  /**
   * Hashes blocks of {@code blockBytes}.
   *
   * @param data a whole number of blocks
   * @param target gets the hashes, one behind the other
   * @param offset where the first begins
   * @throws IllegalArgumentException if the data is not a whole number of blocks
   */
  public void hash(MemorySegment data, int blockBytes, byte[] target, int offset) {
    if (blockBytes < 1 || data.byteSize() % blockBytes != 0) {
      throw new IllegalArgumentException(
          "%d bytes: must be a multiple of %d".formatted(data.byteSize(), blockBytes));
    }
    if (algorithm.isPresent()) {
      hashNatively(algorithm.get(), data, blockBytes, MemorySegment.ofArray(target), offset);
    } else {
      hashInJava(data.asByteBuffer(), blockBytes, target, offset);
    }
  }

  private void hashNatively(
      MemorySegment found, MemorySegment data, int blockBytes, MemorySegment target, int offset) {
    LibCrypto library = LibCrypto.find().orElseThrow();
    long at = offset;
    for (long block = 0; block < data.byteSize(); block += blockBytes) {
      MemorySegment place = target.asSlice(at, hash.lengthBytes());
      if (!library.hash(found, data.asSlice(block, blockBytes), place)) {
        throw new IllegalStateException("libcrypto refused to hash with " + hash);
      }
      at += hash.lengthBytes();
    }
  }

  private void hashInJava(ByteBuffer data, int blockBytes, byte[] target, int offset) {
    MessageDigest digest = hash.newDigest();
    int at = offset;
    while (data.position() < data.capacity()) {
      digest.update(data.limit(data.position() + blockBytes));
      finish(digest, target, at, hash.lengthBytes());
      at += hash.lengthBytes();
    }
  }

  private static void finish(MessageDigest digest, byte[] target, int offset, int lengthBytes) {
    try {
      digest.digest(target, offset, lengthBytes);
    } catch (DigestException e) {
      throw new IllegalArgumentException("the array is too short for the hashes", e);
    }
  }
}
