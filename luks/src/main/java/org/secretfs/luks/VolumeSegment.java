package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.EnumSet;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A part of the data device as a segment of the header describes it: encrypted, or plain while data
 * is encrypted or decrypted in place.
 *
 * @param offsetBytes where it begins on the data device
 * @param sizeBytes its length; empty if it reaches to the end of the device
 * @param cipher the cipher as dm-crypt names it; empty if the part is plain
 * @param sectorSize bytes per encryption unit; 512 if the part is plain
 * @param ivTweak the tweak of its first sector, in units of 512 bytes; 0 if the part is plain
 * @param flags what the segment is for, beside holding data
 */
public record VolumeSegment(
    long offsetBytes,
    OptionalLong sizeBytes,
    String cipher,
    int sectorSize,
    long ivTweak,
    Set<Flag> flags) {

  /** What a re-encryption marks a segment as. */
  public enum Flag {
    /** The part that is being rewritten: some of it may be old and some new. */
    IN_REENCRYPTION("in-reencryption"),
    /** Not a part of the volume: how all of it was before. */
    BACKUP_PREVIOUS("backup-previous"),
    /** Not a part of the volume: how all of it will be. */
    BACKUP_FINAL("backup-final"),
    /** Not a part of the volume: where its first part was moved to. */
    BACKUP_MOVED("backup-moved-segment");

    private final String stored;

    Flag(String stored) {
      this.stored = stored;
    }

    /** The text in the header. */
    public String stored() {
      return stored;
    }
  }

  /** Makes the set of flags immutable. */
  public VolumeSegment {
    flags = Set.copyOf(flags);
  }

  static VolumeSegment linear(long offsetBytes, OptionalLong sizeBytes) {
    return new VolumeSegment(offsetBytes, sizeBytes, "", 512, 0, Set.of());
  }

  static VolumeSegment crypt(
      long offsetBytes, OptionalLong sizeBytes, String cipher, int sectorSize, long ivTweak) {
    return new VolumeSegment(offsetBytes, sizeBytes, cipher, sectorSize, ivTweak, Set.of());
  }

  static VolumeSegment of(CryptSegment segment) {
    return crypt(
        segment.offsetBytes(),
        segment.sizeBytes(),
        segment.cipher(),
        segment.sectorSize(),
        segment.ivTweak());
  }

  /** Whether its bytes are encrypted. */
  public boolean isEncrypted() {
    return !cipher.isEmpty();
  }

  boolean isBackup() {
    return flags.stream().anyMatch(flag -> flag != Flag.IN_REENCRYPTION);
  }

  /** Whether it is the part that is being rewritten. */
  public boolean isHot() {
    return flags.contains(Flag.IN_REENCRYPTION);
  }

  /** Whether both transform bytes in the same way, given the same key and position. */
  boolean sameKindAs(VolumeSegment other) {
    return cipher.equals(other.cipher) && sectorSize == other.sectorSize;
  }

  /** The same kind of segment for the part of {@code sizeBytes} that begins at a position. */
  VolumeSegment part(long positionBytes, OptionalLong sizeBytes) {
    long tweak = isEncrypted() ? ivTweak + positionBytes / 512 : 0;
    return new VolumeSegment(
        offsetBytes + positionBytes, sizeBytes, cipher, sectorSize, tweak, Set.of());
  }

  VolumeSegment with(Flag flag) {
    EnumSet<Flag> all = EnumSet.of(flag);
    all.addAll(flags);
    return new VolumeSegment(offsetBytes, sizeBytes, cipher, sectorSize, ivTweak, all);
  }

  /** As a crypt segment, for the engine; only if it is encrypted. */
  public CryptSegment asCrypt() {
    if (!isEncrypted()) {
      throw new IllegalStateException("the segment is plain");
    }
    return new CryptSegment(offsetBytes, sizeBytes, cipher, sectorSize, ivTweak);
  }

  ObjectNode json() {
    ObjectNode json = HeaderJson.newObject();
    json.put("type", isEncrypted() ? "crypt" : "linear").put("offset", Long.toString(offsetBytes));
    json.put("size", sizeBytes.isPresent() ? Long.toString(sizeBytes.getAsLong()) : "dynamic");
    if (isEncrypted()) {
      json.put("iv_tweak", Long.toString(ivTweak))
          .put("encryption", cipher)
          .put("sector_size", sectorSize);
    }
    if (!flags.isEmpty()) {
      ArrayNode names = json.putArray("flags");
      flags.stream().sorted().forEach(flag -> names.add(flag.stored()));
    }
    return json;
  }
}
