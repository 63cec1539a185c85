package org.secretfs.luks;

import java.util.SortedSet;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * Proves that a candidate key is right, and binds keyslots to segments.
 *
 * @param salt base64 of 32 bytes
 * @param value base64 of what PBKDF2 gives
 */
record Digest(
    SortedSet<Integer> keyslots,
    SortedSet<Integer> segments,
    HashAlgorithm hash,
    int iterations,
    String salt,
    String value) {
  DigestInfo info(int number) {
    return new DigestInfo(number, hash.luksName(), iterations, salt, value, keyslots, segments);
  }
}
