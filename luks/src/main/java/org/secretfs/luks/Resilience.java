package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Optional;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * How the part of a volume that is being rewritten survives a crash.
 *
 * @param hash of {@link Kind#CHECKSUM} and {@link Kind#DATASHIFT_CHECKSUM}
 * @param blockSize the bytes under one checksum; 0 without checksums
 * @param shiftBytes by how much the data moves; 0 if it stays in place
 */
record Resilience(Kind kind, Optional<HashAlgorithm> hash, int blockSize, long shiftBytes) {
  /** The kinds, as the header names them. */
  enum Kind {
    /** A crash in the middle loses data. */
    NONE("none"),
    /** The old bytes are copied into the keyslot area first. */
    JOURNAL("journal"),
    /** Checksums of the old blocks in the keyslot area tell old from new. */
    CHECKSUM("checksum"),
    /** Data moves to where nothing is: the old bytes stay until the header says otherwise. */
    DATASHIFT("datashift"),
    /** As datashift; the first part, which moves onto itself, is journaled. */
    DATASHIFT_JOURNAL("datashift-journal"),
    /** As datashift; the first part, which moves onto itself, is under checksums. */
    DATASHIFT_CHECKSUM("datashift-checksum");

    private final String stored;

    Kind(String stored) {
      this.stored = stored;
    }

    /** The text in the header. */
    String stored() {
      return stored;
    }

    static Optional<Kind> of(String text) {
      return Arrays.stream(values()).filter(kind -> kind.stored.equals(text)).findFirst();
    }

    boolean hasChecksums() {
      return this == CHECKSUM || this == DATASHIFT_CHECKSUM;
    }

    boolean moves() {
      return this == DATASHIFT || this == DATASHIFT_JOURNAL || this == DATASHIFT_CHECKSUM;
    }
  }

  static Resilience none() {
    return new Resilience(Kind.NONE, Optional.empty(), 0, 0);
  }

  static Resilience journal() {
    return new Resilience(Kind.JOURNAL, Optional.empty(), 0, 0);
  }

  static Resilience checksum(HashAlgorithm hash, int blockSize) {
    return new Resilience(Kind.CHECKSUM, Optional.of(hash), blockSize, 0);
  }

  static Resilience datashift(long shiftBytes) {
    return new Resilience(Kind.DATASHIFT, Optional.empty(), 0, shiftBytes);
  }

  /** How a part is protected; the first part of data that moves may need more than the rest. */
  Resilience forPart(boolean movedPart) {
    return switch (kind) {
      case NONE, JOURNAL, CHECKSUM, DATASHIFT -> this;
      case DATASHIFT_JOURNAL -> movedPart ? journal() : datashift(shiftBytes);
      case DATASHIFT_CHECKSUM ->
          movedPart ? checksum(hash.orElseThrow(), blockSize) : datashift(shiftBytes);
    };
  }

  /** The most bytes that are protected at once with an area of {@code areaBytes}. */
  long capacityBytes(long areaBytes) {
    return switch (kind) {
      case NONE -> Long.MAX_VALUE;
      case JOURNAL -> areaBytes;
      case CHECKSUM ->
          Math.multiplyExact(areaBytes / hash.orElseThrow().lengthBytes(), (long) blockSize);
      case DATASHIFT, DATASHIFT_JOURNAL, DATASHIFT_CHECKSUM -> shiftBytes;
    };
  }

  void putInto(ObjectNode area) {
    area.put("type", kind.stored());
    if (kind.hasChecksums()) {
      area.put("hash", hash.orElseThrow().luksName()).put("sector_size", blockSize);
    }
    if (kind.moves()) {
      area.put("shift_size", Long.toString(shiftBytes));
    }
  }
}
