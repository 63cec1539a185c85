package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Puts a backup on a device; the caller holds the lock and has made sure that it belongs there.
 *
 * <p>Over a whole LUKS2 header, every step ends with a barrier, and leaves a volume that opens:
 *
 * <ol>
 *   <li>keyslot areas that differ, at places that neither header uses;
 *   <li>the backup's header, naming these places: from here on it is the backup;
 *   <li>the same areas at their own places;
 *   <li>the backup's header;
 *   <li>the rest of the keyslots area, which nothing names.
 * </ol>
 */
final class HeaderRestoration {
  private static final int CHUNK_BYTES = 1 << 20;

  private final HeaderBackup backup;
  private final LuksStorage device;

  HeaderRestoration(HeaderBackup backup, LuksStorage device) {
    this.backup = backup;
    this.device = device;
  }

  void run() throws IOException, LuksException {
    Optional<HeaderCopy> current = current();
    if (backup.version() == BinaryHeader.VERSION && current.isPresent()) {
      overWhole(current.get());
    } else {
      runOverAnything();
    }
  }

  /** The whole header of the device, both copies of it good; empty if there is none. */
  private Optional<HeaderCopy> current() throws IOException {
    HeaderCopies copies = HeaderCopies.read(device);
    try {
      HeaderCopy header = copies.current(device);
      Optional<CopyReading> bad = copies.bad();
      if (bad.isPresent()) {
        byte[] area = HeaderWriter.jsonArea(header.json(), header.binary().jsonAreaBytes());
        HeaderWriter.writeCopy(
            device, bad.get().which(), header.binary(), header.binary().seqid(), area);
      }
      return Optional.of(header);
    } catch (LuksException nothingWhole) {
      return Optional.empty();
    }
  }

  private void overWhole(HeaderCopy current) throws IOException, LuksException {
    HeaderCopy wanted = HeaderCopies.read(backup.storage()).current(backup.storage());
    Map<Integer, Keyslot.Area> differing = new TreeMap<>();
    for (Map.Entry<Integer, Keyslot> entry : wanted.metadata().keyslots().entrySet()) {
      if (differs(entry.getValue().area())) {
        differing.put(entry.getKey(), entry.getValue().area());
      }
    }
    long seqid = Math.max(current.binary().seqid(), wanted.binary().seqid());
    if (!differing.isEmpty()) {
      Map<Integer, Long> places = places(current, wanted, differing);
      for (Map.Entry<Integer, Long> place : places.entrySet()) {
        copy(Objects.requireNonNull(differing.get(place.getKey())), place.getValue());
      }
      device.sync();
      store(wanted, movedTo(wanted, places), ++seqid);
      for (Keyslot.Area area : differing.values()) {
        copy(area, area.offsetBytes());
      }
      device.sync();
    }
    store(wanted, wanted.json(), ++seqid);
    copyRange(2 * wanted.binary().sizeBytes(), end());
    device.sync();
  }

  private boolean differs(Keyslot.Area area) throws IOException {
    byte[] there = new byte[Math.toIntExact(area.sizeBytes())];
    device.read(ByteBuffer.wrap(there), area.offsetBytes());
    return !ByteBuffer.wrap(there).equals(backup.range(area.offsetBytes(), area.sizeBytes()));
  }

  /** Finds a place for each area that neither header uses. */
  private static Map<Integer, Long> places(
      HeaderCopy current, HeaderCopy wanted, Map<Integer, Keyslot.Area> areas)
      throws LuksException {
    List<Keyslot.Area> taken = new ArrayList<>();
    current.metadata().keyslots().values().forEach(keyslot -> taken.add(keyslot.area()));
    wanted.metadata().keyslots().values().forEach(keyslot -> taken.add(keyslot.area()));
    long begin = 2 * wanted.binary().sizeBytes();
    long end = begin + wanted.metadata().keyslotsSizeBytes();
    Map<Integer, Long> places = new TreeMap<>();
    for (Map.Entry<Integer, Keyslot.Area> entry : areas.entrySet()) {
      long size = entry.getValue().sizeBytes();
      long place = free(taken, begin, end, size);
      places.put(entry.getKey(), place);
      taken.add(new Keyslot.Area(place, size, "none", 0));
    }
    return places;
  }

  private static long free(List<Keyslot.Area> taken, long begin, long end, long size)
      throws LuksException {
    long candidate = begin;
    while (candidate + size <= end) {
      long at = candidate;
      Optional<Keyslot.Area> hit =
          taken.stream()
              .filter(area -> area.offsetBytes() < at + size && at < area.endBytes())
              .findFirst();
      if (hit.isEmpty()) {
        return candidate;
      }
      candidate = Math.ceilDiv(hit.get().endBytes(), 4096) * 4096;
    }
    throw new LuksException.NoRoom(
        "no gap of %d bytes is free of the keyslots before and after".formatted(size));
  }

  private static ObjectNode movedTo(HeaderCopy wanted, Map<Integer, Long> places) {
    ObjectNode json = wanted.json().deepCopy();
    places.forEach((number, offset) ->
        json.withObject("/keyslots/%d/area".formatted(number))
            .put("offset", Long.toString(offset)));
    return json;
  }

  private void store(HeaderCopy wanted, ObjectNode json, long seqid)
      throws IOException, LuksException {
    byte[] area = HeaderWriter.jsonArea(json, wanted.binary().jsonAreaBytes());
    HeaderWriter.writeBoth(device, wanted.binary(), seqid, area);
  }

  private void copy(Keyslot.Area area, long place) throws IOException {
    device.write(backup.range(area.offsetBytes(), area.sizeBytes()), place);
  }

  private void copyRange(long begin, long end) throws IOException {
    for (long at = begin; at < end; at += CHUNK_BYTES) {
      device.write(backup.range(at, Math.min(CHUNK_BYTES, end - at)), at);
    }
  }

  private long end() {
    return Math.min(backup.sizeBytes(), backup.header().headerSizeBytes());
  }

  /** Keyslots first, what names them last; then nothing older may be found. */
  void runOverAnything() throws IOException, LuksException {
    if (device.sizeBytes() < backup.sizeBytes()) {
      throw new LuksException.NoRoom(
          "the device has %d bytes, the backup %d"
              .formatted(device.sizeBytes(), backup.sizeBytes()));
    }
    switch (backup.volume()) {
      case Luks2Volume two -> {
        long copy = two.metadataSizeBytes();
        copyRange(2 * copy, end());
        device.sync();
        copyRange(copy, 2 * copy);
        device.sync();
        writeFirst(copy);
        forgetOthers(copy);
      }
      case Luks1Volume _ -> {
        copyRange(UnfinishedFormat.SECTOR_BYTES, end());
        device.sync();
        copyRange(0, UnfinishedFormat.SECTOR_BYTES);
        device.sync();
        forgetOthers(0);
      }
    }
  }

  /** The binary header last: it has the checksum over the rest. */
  private void writeFirst(long copyBytes) throws IOException {
    copyRange(BinaryHeader.SIZE_BYTES, copyBytes);
    device.sync();
    copyRange(0, BinaryHeader.SIZE_BYTES);
    device.sync();
  }

  /** Zeroes over secondary headers at other places than {@code ownOffset}. */
  private void forgetOthers(long ownOffset) throws IOException {
    for (int offset : HeaderOffsets.all()) {
      if (offset != ownOffset && RawCopy.hasMagic(device, BinaryHeader.Copy.SECONDARY, offset)) {
        device.write(ByteBuffer.allocate(UnfinishedFormat.SECTOR_BYTES), offset);
      }
    }
    device.sync();
  }
}
