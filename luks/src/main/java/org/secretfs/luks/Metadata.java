package org.secretfs.luks;

import java.util.SortedMap;

/** What the JSON area says, validated. */
record Metadata(
    SortedMap<Integer, Keyslot> keyslots,
    SortedMap<Integer, Digest> digests,
    CryptSegment segment,
    SortedMap<Integer, Token> tokens,
    long keyslotsSizeBytes) {
  /** The greatest number of keyslots, and of tokens. */
  static final int MAX_NUMBER = 31;

  /** The number of the one segment. */
  static final int SEGMENT = 0;

  /** The digest that proves the key of the segment. */
  Digest segmentDigest() {
    return digests.values().stream()
        .filter(digest -> digest.segments().contains(SEGMENT))
        .findFirst()
        .orElseThrow();
  }
}
