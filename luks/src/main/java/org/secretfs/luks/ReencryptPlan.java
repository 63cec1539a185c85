package org.secretfs.luks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.secretfs.luks.ReencryptKeyslot.Mode;
import org.secretfs.luks.ReencryptMetadata.Part;
import org.secretfs.luks.ReencryptMetadata.Side;

/**
 * Which zone comes next, and how the volume's parts look while it is rewritten and afterwards.
 *
 * <p>A pure function of what the header says: going on in one process and resuming in another, or
 * in cryptsetup, take the same steps. A volume is a row of ranges, each old, hot or new, and the
 * place of a range follows from its side and its position. Rewriting a zone makes it hot, then new:
 *
 * <pre>
 *   forward                     new | hot | old …
 *   backward                    old | hot | new …
 *   encryption that moves data  moved | old | hot | new        the moved part comes last
 *   decryption that moves data  moved | new | hot | old …      the moved part comes last
 * </pre>
 */
final class ReencryptPlan {
  private final ReencryptMetadata metadata;
  private final boolean fixed;
  private final long volumeBytes;

  /** A part of the volume by position. */
  record Zone(long offsetBytes, long lengthBytes) {
    long endBytes() {
      return offsetBytes + lengthBytes;
    }
  }

  private record Range(long begin, long end, Side side) {}

  private ReencryptPlan(ReencryptMetadata metadata, boolean fixed, long volumeBytes) {
    this.metadata = metadata;
    this.fixed = fixed;
    this.volumeBytes = volumeBytes;
  }

  /**
   * Returns the plan for a data device.
   *
   * @param wantedBytes how much of the device is the volume; empty for all
   * @throws LuksException.ReencryptionRefused if the parts do not fit the device
   */
  static ReencryptPlan of(ReencryptMetadata metadata, long deviceBytes, OptionalLong wantedBytes)
      throws LuksException {
    boolean allFixed =
        metadata.parts().stream().allMatch(part -> part.segment().sizeBytes().isPresent());
    long room =
        deviceBytes - Math.max(metadata.previous().offsetBytes(), metadata.target().offsetBytes());
    long size = wantedBytes.orElse(room);
    if (allFixed) {
      size =
          metadata.parts().stream().mapToLong(part -> part.segment().sizeBytes().orElse(0)).sum();
    }
    long unit = Math.max(metadata.previous().sectorSize(), metadata.target().sectorSize());
    refuseUnless(size > 0 && size <= room, "the volume of %d bytes on %d".formatted(size, room));
    refuseUnless(
        size % unit == 0, "%d bytes of data: must be a multiple of %d".formatted(size, unit));
    ReencryptPlan plan = new ReencryptPlan(metadata, allFixed || wantedBytes.isPresent(), size);
    plan.requireWithin(deviceBytes);
    return plan;
  }

  private void requireWithin(long deviceBytes) throws LuksException {
    long position = 0;
    for (Part part : metadata.parts()) {
      long length = part.segment().sizeBytes().orElse(volumeBytes - position);
      refuseUnless(
          length > 0 && length <= deviceBytes - part.segment().offsetBytes(),
          "a part of %d bytes at %d, outside the device of %d bytes"
              .formatted(length, part.segment().offsetBytes(), deviceBytes));
      position += length;
    }
    refuseUnless(position == volumeBytes, "parts of %d bytes in all".formatted(position));
  }

  private static void refuseUnless(boolean holds, String what) throws LuksException {
    if (!holds) {
      throw new LuksException.ReencryptionRefused(what + " does not fit the device");
    }
  }

  /** The bytes of the volume, as whoever uses it sees it. */
  long volumeBytes() {
    return volumeBytes;
  }

  /** The bytes that are as they will be. */
  long doneBytes() {
    return ranges().stream()
        .filter(range -> range.side() == Side.NEW)
        .mapToLong(range -> range.end() - range.begin())
        .sum();
  }

  /** The zone that was being rewritten when the header was last written. */
  Optional<Zone> interrupted() {
    return ranges().stream()
        .filter(range -> range.side() == Side.HOT)
        .map(range -> new Zone(range.begin(), range.end() - range.begin()))
        .findFirst();
  }

  /**
   * Returns the next zone; empty if all is done.
   *
   * @param mostBytes bounds it, except where data moves by a fixed step
   */
  Optional<Zone> next(long mostBytes) {
    List<Range> old = ranges().stream().filter(range -> range.side() == Side.OLD).toList();
    if (old.isEmpty()) {
      return Optional.empty();
    }
    if (metadata.moved().isPresent()) {
      return Optional.of(metadata.mode() == Mode.ENCRYPT ? lastOf(old) : firstBehindMoved(old));
    }
    long most =
        metadata.resilience().kind().moves() ? metadata.resilience().shiftBytes() : mostBytes;
    Range range = metadata.isForward() ? old.getFirst() : old.getLast();
    long length = Math.min(most, range.end() - range.begin());
    return Optional.of(
        new Zone(metadata.isForward() ? range.begin() : range.end() - length, length));
  }

  private Zone lastOf(List<Range> old) {
    Range last = old.getLast();
    long shift = metadata.resilience().shiftBytes();
    long length = Math.min(shift, last.end() - last.begin());
    return old.size() == 1 && last.begin() == 0
        ? new Zone(0, last.end())
        : new Zone(last.end() - length, length);
  }

  private Zone firstBehindMoved(List<Range> old) {
    Range last = old.getLast();
    if (old.size() == 1 && last.begin() == 0) {
      return new Zone(0, last.end());
    }
    return new Zone(
        last.begin(), Math.min(metadata.resilience().shiftBytes(), last.end() - last.begin()));
  }

  /** Whether the zone is the part that was moved aside. */
  boolean isMovedPart(Zone zone) {
    return metadata.moved().isPresent() && zone.offsetBytes() == 0;
  }

  /** Where the zone's old bytes are. */
  VolumeSegment source(Zone zone) {
    return isMovedPart(zone)
        ? metadata.moved().orElseThrow()
        : metadata.previous().part(zone.offsetBytes(), OptionalLong.of(zone.lengthBytes()));
  }

  /** Where the zone's new bytes go. */
  VolumeSegment destination(Zone zone) {
    return metadata.target().part(zone.offsetBytes(), OptionalLong.of(zone.lengthBytes()));
  }

  /** What the header says while the zone is rewritten. */
  ReencryptMetadata hot(Zone zone) {
    return metadata.withParts(build(carve(zone, Side.HOT)));
  }

  /** What the header says when the zone is rewritten. */
  ReencryptMetadata done(Zone zone) {
    return metadata.withParts(build(carve(zone, Side.NEW)));
  }

  /** The parts by position; not while one is hot. */
  List<HotzoneGate.Section> sections() {
    return ranges().stream()
        .map(range ->
            new HotzoneGate.Section(range.begin(), range.end() - range.begin(), place(range)))
        .toList();
  }

  private HotzoneGate.Place place(Range range) {
    return switch (range.side()) {
      case NEW -> HotzoneGate.Place.NEW;
      case OLD ->
          range.begin() == 0 && metadata.moved().isPresent()
              ? HotzoneGate.Place.MOVED
              : HotzoneGate.Place.OLD;
      case HOT -> throw new IllegalStateException("a part is hot");
    };
  }

  private List<Range> ranges() {
    List<Range> ranges = new ArrayList<>();
    long position = 0;
    for (Part part : metadata.parts()) {
      long end = position + part.segment().sizeBytes().orElse(volumeBytes - position);
      ranges.add(new Range(position, end, part.side()));
      position = end;
    }
    return ranges;
  }

  private List<Range> carve(Zone zone, Side side) {
    List<Range> carved = new ArrayList<>();
    for (Range range : ranges()) {
      long begin = Math.clamp(zone.offsetBytes(), range.begin(), range.end());
      long end = Math.clamp(zone.endBytes(), range.begin(), range.end());
      if (begin == end) {
        append(carved, range);
        continue;
      }
      append(carved, new Range(range.begin(), begin, range.side()));
      append(carved, new Range(begin, end, side));
      append(carved, new Range(end, range.end(), range.side()));
    }
    return carved;
  }

  /** Adds a range, joined to the one before it if both are new. */
  private static void append(List<Range> ranges, Range range) {
    if (range.begin() == range.end()) {
      return;
    }
    if (range.side() == Side.NEW && !ranges.isEmpty() && ranges.getLast().side() == Side.NEW) {
      Range before = ranges.removeLast();
      ranges.add(new Range(before.begin(), range.end(), Side.NEW));
      return;
    }
    ranges.add(range);
  }

  private List<Part> build(List<Range> ranges) {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < ranges.size(); i++) {
      Range range = ranges.get(i);
      boolean last = i == ranges.size() - 1;
      boolean dynamic = last && range.side() != Side.HOT && (!fixed || (ranges.size() == 1));
      OptionalLong size =
          dynamic ? OptionalLong.empty() : OptionalLong.of(range.end() - range.begin());
      parts.add(new Part(segment(range, size), range.side()));
    }
    return parts;
  }

  private VolumeSegment segment(Range range, OptionalLong size) {
    return switch (range.side()) {
      case NEW -> metadata.target().part(range.begin(), size);
      case HOT ->
          metadata.target().part(range.begin(), size).with(VolumeSegment.Flag.IN_REENCRYPTION);
      case OLD ->
          range.begin() == 0 && metadata.moved().isPresent()
              ? metadata.moved().get().part(0, size)
              : metadata.previous().part(range.begin(), size);
    };
  }
}
