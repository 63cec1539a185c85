package org.secretfs.luks;

import java.io.IOException;
import java.util.Comparator;
import java.util.List;

/**
 * Changes the version of a volume's header, its data untouched. A crash after any write leaves a
 * volume that every passphrase opens, in the old or the new version, and the conversion can be
 * repeated. Nobody may have the volume open.
 */
public final class LuksConversion {
  private LuksConversion() {}

  /**
   * Turns LUKS1 into LUKS2; keyslots keep their numbers.
   *
   * @throws LuksException.NotLuks if it is not LUKS1
   * @throws LuksException.NoRoom if all eight keyslots are in use and nothing is free behind them
   * @throws LuksException.UnsupportedFeature if the cipher is not supported, or the header holds
   *     other programs' metadata
   */
  public static Luks2Volume toLuks2(LuksStorage storage) throws IOException, LuksException {
    Luks1ToLuks2.convert(storage);
    Luks2Volume volume = Luks2Volume.read(storage);
    align(storage, volume);
    fillBegin(storage, Luks2Volume.read(storage));
    return Luks2Volume.read(storage);
  }

  /**
   * Moves areas, the last first, to whole multiples of their size behind the headers: that leaves
   * the most room for others, and cryptsetup needs it to convert the volume back.
   */
  private static void align(LuksStorage storage, Luks2Volume volume)
      throws IOException, LuksException {
    long begin = 2 * volume.metadataSizeBytes();
    long limit = begin + volume.keyslotsSizeBytes();
    for (KeyslotInfo keyslot : byOffset(volume).reversed()) {
      long size = keyslot.areaSizeBytes();
      long end = keyslot.areaOffsetBytes() + size;
      long target = begin + Math.ceilDiv(end - begin, size) * size;
      boolean aligned = (keyslot.areaOffsetBytes() - begin) % size == 0;
      if (!aligned && target + size > limit) {
        return;
      }
      if (!aligned) {
        Luks2Areas.move(storage, keyslot.number(), target);
      }
      limit = aligned ? keyslot.areaOffsetBytes() : target;
    }
  }

  /**
   * Cryptsetup shifts all areas alike when it converts to LUKS1, and back only if one is the first
   * then: where all eight are in use, the last one goes to the first place, if that is free.
   */
  private static void fillBegin(LuksStorage storage, Luks2Volume volume)
      throws IOException, LuksException {
    List<KeyslotInfo> keyslots = byOffset(volume);
    long begin = 2 * volume.metadataSizeBytes();
    if (keyslots.size() == Luks1Header.KEYSLOTS
        && keyslots.getFirst().areaOffsetBytes() - begin >= keyslots.getLast().areaSizeBytes()) {
      Luks2Areas.move(storage, keyslots.getLast().number(), begin);
    }
  }

  private static List<KeyslotInfo> byOffset(LuksVolume volume) {
    return volume.keyslots().values().stream()
        .sorted(Comparator.comparingLong(KeyslotInfo::areaOffsetBytes))
        .toList();
  }

  /**
   * Turns LUKS2 into LUKS1; label, subsystem, priorities and flags are lost, which LUKS1 has not.
   *
   * @throws LuksException.NotLuks if it is not LUKS2
   * @throws LuksException.UnsupportedFeature if LUKS1 has no place for what the volume has: sectors
   *     other than of 512 bytes, tokens, unbound keyslots, keyslots past the eighth or of other
   *     than PBKDF2 with the digest's hash, encrypted otherwise than the data
   * @throws LuksException.NoRoom if eight keyslots do not fit before the data
   */
  public static Luks1Volume toLuks1(LuksStorage storage) throws IOException, LuksException {
    Luks2Volume volume = Luks2Volume.read(storage);
    volume.repair();
    Luks2ToLuks1.requireConvertible(storage);
    makeRoomAtBegin(storage, volume);
    Luks2ToLuks1.convert(storage);
    Luks1Areas.moveLastToBegin(storage);
    return Luks1Volume.read(storage);
  }

  /**
   * Cryptsetup wants the first area of LUKS1 at 4096: one that begins before the end of an area
   * there is moved, if it can be, so that a keyslot not in use gets that place, or, where all eight
   * are in use, the one that is moved.
   */
  private static void makeRoomAtBegin(LuksStorage storage, Luks2Volume volume)
      throws IOException, LuksException {
    List<KeyslotInfo> keyslots = byOffset(volume);
    KeyslotInfo first = keyslots.getFirst();
    long needed = Luks1Layout.ALIGNMENT_BYTES + first.areaSizeBytes();
    if (first.areaOffsetBytes() >= needed) {
      return;
    }
    long candidate = needed;
    for (KeyslotInfo keyslot : keyslots) {
      if (keyslot.areaOffsetBytes() - candidate >= first.areaSizeBytes()) {
        break;
      }
      candidate = Math.max(candidate, keyslot.areaOffsetBytes() + keyslot.areaSizeBytes());
    }
    // As many areas as LUKS1 wants must fit behind it still.
    long free = Math.max(0, Luks1Header.KEYSLOTS - 1L - volume.keyslots().size());
    if (candidate + (free + 1) * first.areaSizeBytes() <= volume.headerSizeBytes()) {
      Luks2Areas.move(storage, first.number(), candidate);
    }
  }
}
