package org.secretfs.luks;

import java.util.List;
import java.util.Optional;
import org.secretfs.luks.ReencryptKeyslot.Direction;
import org.secretfs.luks.ReencryptKeyslot.Mode;

/**
 * What the header says of a re-encryption that is not finished.
 *
 * @param version of the requirement flag: 2, or 3 for decryption that moves data
 * @param keyslotNumber the number of the keyslot
 * @param parts the volume's parts in their order, without the backup segments
 * @param previous how all of the volume was before
 * @param target how all of it will be
 * @param moved where the first part of the data was moved to, if it was
 * @param oldDigest the number of the digest of the old key; -1 if there was no encryption
 * @param newDigest the number of the digest of the new key; -1 if there will be no encryption
 * @param proofDigest the number of the digest that proves that whoever wrote this had the keys; -1
 *     if there is none
 */
record ReencryptMetadata(
    int version,
    int keyslotNumber,
    ReencryptKeyslot keyslot,
    List<Part> parts,
    VolumeSegment previous,
    VolumeSegment target,
    Optional<VolumeSegment> moved,
    int oldDigest,
    int newDigest,
    int proofDigest) {

  /** Which key a part is under. */
  enum Side {
    /** As before. */
    OLD,
    /** Being rewritten. */
    HOT,
    /** As it will be. */
    NEW
  }

  /** One part of the volume: segment and side. */
  record Part(VolumeSegment segment, Side side) {
    Part of(long sizeBytes) {
      return new Part(
          new VolumeSegment(
              segment.offsetBytes(),
              java.util.OptionalLong.of(sizeBytes),
              segment.cipher(),
              segment.sectorSize(),
              segment.ivTweak(),
              segment.flags()),
          side);
    }
  }

  Mode mode() {
    return keyslot.mode();
  }

  boolean isForward() {
    return keyslot.direction() == Direction.FORWARD;
  }

  Resilience resilience() {
    return keyslot.resilience();
  }

  /** Whether no part was rewritten yet. */
  boolean isUntouched() {
    return parts.stream().allMatch(part -> part.side() == Side.OLD);
  }

  /** Whether a part was being rewritten when the header was last written. */
  boolean isInterrupted() {
    return parts.stream().anyMatch(part -> part.side() == Side.HOT);
  }

  /** Whether all data is as it will be and only the header is not. */
  boolean isDone() {
    return parts.stream().allMatch(part -> part.side() == Side.NEW);
  }

  /** Whether {@link #isDone} of a change from one key to another: the old one is of no use. */
  boolean isUnderNewKeyOnly() {
    return mode() == Mode.REENCRYPT && isDone();
  }

  ReencryptMetadata withParts(List<Part> others) {
    return new ReencryptMetadata(
        version,
        keyslotNumber,
        keyslot,
        others,
        previous,
        target,
        moved,
        oldDigest,
        newDigest,
        proofDigest);
  }
}
