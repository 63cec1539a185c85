package org.secretfs.luks;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the JSON area says, validated.
 *
 * @param keyslots those that hold keys
 * @param segment the encrypted data; in a re-encryption, its old or else its new form
 * @param reencryption present while the volume is in re-encryption: its data is then not {@code
 *     segment}
 */
record Metadata(
    SortedMap<Integer, Keyslot> keyslots,
    SortedMap<Integer, Digest> digests,
    CryptSegment segment,
    SortedMap<Integer, Token> tokens,
    long keyslotsSizeBytes,
    Optional<ReencryptMetadata> reencryption) {
  /** The greatest number of keyslots, and of tokens. */
  static final int MAX_NUMBER = 31;

  /** The number of the one segment. */
  static final int SEGMENT = 0;

  /** What is said of a volume that is not in re-encryption. */
  Metadata(
      SortedMap<Integer, Keyslot> keyslots,
      SortedMap<Integer, Digest> digests,
      CryptSegment segment,
      SortedMap<Integer, Token> tokens,
      long keyslotsSizeBytes) {
    this(keyslots, digests, segment, tokens, keyslotsSizeBytes, Optional.empty());
  }

  /** What is reported of the keyslots, by number. */
  SortedMap<Integer, KeyslotInfo> keyslotInfos() {
    SortedMap<Integer, KeyslotInfo> infos = new TreeMap<>();
    for (Map.Entry<Integer, Keyslot> entry : keyslots.entrySet()) {
      boolean bound = isBound(entry.getKey());
      infos.put(entry.getKey(), entry.getValue().info(entry.getKey(), bound));
    }
    return infos;
  }

  /** What is reported of the digests, by number. */
  SortedMap<Integer, DigestInfo> digestInfos() {
    SortedMap<Integer, DigestInfo> infos = new TreeMap<>();
    digests.forEach((number, digest) -> infos.put(number, digest.info(number)));
    return infos;
  }

  /**
   * Whether a keyslot holds a key of the data: of its one segment, or in a re-encryption of any.
   */
  private boolean isBound(int keyslot) {
    return digests.values().stream()
        .anyMatch(digest -> digest.keyslots().contains(keyslot) && !digest.segments().isEmpty());
  }

  /** The digest that proves the key of the segment. */
  Digest segmentDigest() {
    return digests.values().stream()
        .filter(digest -> digest.segments().contains(SEGMENT))
        .findFirst()
        .orElseThrow();
  }
}
