package org.secretfs.luks;

import java.security.MessageDigest;
import java.util.Arrays;
import org.secretfs.crypto.kdf.HashAlgorithm;

/** The checksum over a header copy: the binary header with the checksum zeroed, then the JSON. */
final class HeaderChecksum {
  private HeaderChecksum() {}

  static byte[] compute(BinaryHeader header, byte[] jsonArea) {
    byte[] binary = header.toBytes();
    Arrays.fill(
        binary,
        BinaryHeader.CHECKSUM_OFFSET,
        BinaryHeader.CHECKSUM_OFFSET + BinaryHeader.CHECKSUM_BYTES,
        (byte) 0);
    HashAlgorithm hash = header.checksumHash().orElseThrow();
    MessageDigest digest = hash.newDigest();
    digest.update(binary);
    return digest.digest(jsonArea);
  }

  /** Whether the header's checksum fits. */
  static boolean matches(BinaryHeader header, byte[] jsonArea) {
    byte[] computed = compute(header, jsonArea);
    return MessageDigest.isEqual(computed, Arrays.copyOf(header.checksum(), computed.length));
  }
}
