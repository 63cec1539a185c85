package org.secretfs.luks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import org.secretfs.luks.ReencryptKeyslot.Mode;
import org.secretfs.luks.ReencryptMetadata.Part;
import org.secretfs.luks.ReencryptMetadata.Side;
import org.secretfs.luks.VolumeSegment.Flag;

/**
 * The rules of a header in re-encryption: which segments there are, and that every part of the
 * volume lies where its side and its position say.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 on-disk format 1.1.4 §4.9
 */
final class ReencryptReader {
  private final Fields root;
  private final int version;
  private final SortedMap<Integer, VolumeSegment> segments;
  private final SortedMap<Integer, Digest> digests;

  private ReencryptReader(Fields root, int version, SortedMap<Integer, Digest> digests)
      throws LuksException {
    this.root = root;
    this.version = version;
    this.segments = SegmentReader.readAll(root);
    this.digests = digests;
  }

  /**
   * Reads what belongs to the re-encryption.
   *
   * @param keyslots those of type reencrypt, by number
   */
  static ReencryptMetadata read(
      Fields root,
      int version,
      SortedMap<Integer, ReencryptKeyslot> keyslots,
      SortedMap<Integer, Digest> digests)
      throws LuksException {
    if (keyslots.size() != 1) {
      throw root.broken(
          "%d keyslots of type reencrypt: must be one in re-encryption".formatted(keyslots.size()));
    }
    int number = keyslots.firstKey();
    ReencryptKeyslot keyslot = java.util.Objects.requireNonNull(keyslots.get(number));
    return new ReencryptReader(root, version, digests).read(number, keyslot);
  }

  private ReencryptMetadata read(int number, ReencryptKeyslot keyslot) throws LuksException {
    VolumeSegment previous = backup(Flag.BACKUP_PREVIOUS);
    VolumeSegment target = backup(Flag.BACKUP_FINAL);
    requireMode(keyslot.mode(), previous, target);
    ReencryptMetadata bare =
        new ReencryptMetadata(
            version,
            number,
            keyslot,
            List.of(),
            previous,
            target,
            optionalBackup(Flag.BACKUP_MOVED),
            keyslot.mode() == Mode.ENCRYPT ? -1 : digestOf(numberOf(Flag.BACKUP_PREVIOUS)),
            keyslot.mode() == Mode.DECRYPT ? -1 : digestOf(numberOf(Flag.BACKUP_FINAL)),
            proofOf(number));
    List<Part> parts = parts(bare);
    requirePlaces(bare, parts);
    return bare.withParts(parts);
  }

  private void requireMode(Mode mode, VolumeSegment previous, VolumeSegment target)
      throws LuksException {
    if (previous.isEncrypted() != (mode != Mode.ENCRYPT)
        || target.isEncrypted() != (mode != Mode.DECRYPT)) {
      throw root.broken("the backup segments do not fit the mode " + mode.stored());
    }
  }

  private Optional<VolumeSegment> optionalBackup(Flag flag) throws LuksException {
    return numbersOf(flag).isEmpty() ? Optional.empty() : Optional.of(backup(flag));
  }

  private VolumeSegment backup(Flag flag) throws LuksException {
    return java.util.Objects.requireNonNull(segments.get(numberOf(flag)));
  }

  private int numberOf(Flag flag) throws LuksException {
    List<Integer> numbers = numbersOf(flag);
    if (numbers.size() != 1) {
      throw root.broken(
          "%d segments with the flag %s: must be one".formatted(numbers.size(), flag.stored()));
    }
    return numbers.getFirst();
  }

  private List<Integer> numbersOf(Flag flag) {
    return segments.entrySet().stream()
        .filter(entry -> entry.getValue().flags().contains(flag))
        .map(Map.Entry::getKey)
        .toList();
  }

  private List<Integer> digestsOf(int segment) {
    return digests.entrySet().stream()
        .filter(entry -> entry.getValue().segments().contains(segment))
        .map(Map.Entry::getKey)
        .toList();
  }

  private int digestOf(int segment) throws LuksException {
    List<Integer> numbers = digestsOf(segment);
    if (numbers.size() != 1) {
      throw root.broken(
          "segments.%d has %d digests: must have one".formatted(segment, numbers.size()));
    }
    return numbers.getFirst();
  }

  private int proofOf(int keyslot) throws LuksException {
    List<Integer> numbers =
        digests.entrySet().stream()
            .filter(entry -> entry.getValue().keyslots().contains(keyslot))
            .map(Map.Entry::getKey)
            .toList();
    if (numbers.size() > 1) {
      throw root.broken("keyslots.%d has %d digests".formatted(keyslot, numbers.size()));
    }
    return numbers.isEmpty() ? -1 : numbers.getFirst();
  }

  private List<Part> parts(ReencryptMetadata bare) throws LuksException {
    List<Map.Entry<Integer, VolumeSegment>> active =
        segments.entrySet().stream().filter(entry -> !entry.getValue().isBackup()).toList();
    if (active.isEmpty() || active.getLast().getKey() != active.size() - 1) {
      throw root.broken("segments: those of the volume must come before the backup segments");
    }
    if (active.stream().filter(entry -> entry.getValue().isHot()).count() > 1) {
      throw root.broken("segments: only one may be in re-encryption");
    }
    List<Part> parts = new ArrayList<>();
    for (Map.Entry<Integer, VolumeSegment> entry : active) {
      VolumeSegment segment = entry.getValue();
      Side side = side(bare, entry.getKey(), segment, active);
      VolumeSegment model = side == Side.OLD ? bare.previous() : bare.target();
      if (!segment.sameKindAs(model)) {
        throw root.broken("segments.%d is like neither backup segment".formatted(entry.getKey()));
      }
      parts.add(new Part(segment, side));
    }
    return parts;
  }

  private Side side(
      ReencryptMetadata bare,
      int number,
      VolumeSegment segment,
      List<Map.Entry<Integer, VolumeSegment>> active)
      throws LuksException {
    if (segment.isHot()) {
      return Side.HOT;
    }
    return switch (bare.mode()) {
      case ENCRYPT -> segment.isEncrypted() ? Side.NEW : Side.OLD;
      case DECRYPT -> segment.isEncrypted() ? Side.OLD : Side.NEW;
      case REENCRYPT ->
          bare.oldDigest() != bare.newDigest()
              ? digestOf(number) == bare.newDigest() ? Side.NEW : Side.OLD
              : sideUnderOneKey(bare, number, segment, active);
    };
  }

  /** One key stays: the place tells the sides apart, or, where all is one side, the cipher. */
  private static Side sideUnderOneKey(
      ReencryptMetadata bare,
      int number,
      VolumeSegment segment,
      List<Map.Entry<Integer, VolumeSegment>> active) {
    if (active.size() == 1) {
      return segment.sameKindAs(bare.previous()) ? Side.OLD : Side.NEW;
    }
    int boundary = 1;
    for (Map.Entry<Integer, VolumeSegment> entry : active) {
      if (entry.getValue().isHot()) {
        boundary = entry.getKey();
      }
    }
    return number < boundary == bare.isForward() ? Side.NEW : Side.OLD;
  }

  /** The parts follow each other without a gap, each where its side has that position. */
  private void requirePlaces(ReencryptMetadata bare, List<Part> parts) throws LuksException {
    long position = 0;
    for (int i = 0; i < parts.size(); i++) {
      VolumeSegment segment = parts.get(i).segment();
      VolumeSegment expected = expected(bare, parts.get(i).side(), position, segment.sizeBytes());
      if (segment.offsetBytes() != expected.offsetBytes()
          || segment.ivTweak() != expected.ivTweak()) {
        throw root.broken(
            "segments.%d lies at %d with tweak %d: must be %d with %d"
                .formatted(
                    i,
                    segment.offsetBytes(),
                    segment.ivTweak(),
                    expected.offsetBytes(),
                    expected.ivTweak()));
      }
      if (segment.sizeBytes().isEmpty() && (i < parts.size() - 1 || segment.isHot())) {
        throw root.broken("segments.%d: only the last may be dynamic".formatted(i));
      }
      long end = position + segment.sizeBytes().orElse(0);
      if (end < position || end > Long.MAX_VALUE / 2) {
        throw root.broken("segments.%d ends past the end of numbers".formatted(i));
      }
      position = end;
    }
  }

  private static VolumeSegment expected(
      ReencryptMetadata bare, Side side, long position, OptionalLong size) {
    if (side != Side.OLD) {
      return bare.target().part(position, size);
    }
    return position == 0 && bare.moved().isPresent()
        ? bare.moved().get().part(0, size)
        : bare.previous().part(position, size);
  }
}
