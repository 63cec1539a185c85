package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Both copies of a header as read together, and which of them counts. */
final class HeaderCopies {
  private final CopyReading primary;
  private final CopyReading secondary;

  private HeaderCopies(CopyReading primary, CopyReading secondary) {
    this.primary = primary;
    this.secondary = secondary;
  }

  /** Reads both; where the primary is damaged, the secondary is looked for at its nine places. */
  static HeaderCopies read(LuksStorage storage) throws IOException {
    CopyReading primary = CopyReading.of(storage, BinaryHeader.Copy.PRIMARY, 0);
    HeaderCopy valid = primary.valid();
    CopyReading secondary =
        valid == null
            ? searchSecondary(storage)
            : CopyReading.of(storage, BinaryHeader.Copy.SECONDARY, valid.binary().sizeBytes());
    return new HeaderCopies(primary, secondary);
  }

  private static CopyReading searchSecondary(LuksStorage storage) throws IOException {
    CopyReading best = null;
    for (int offset : HeaderOffsets.all()) {
      CopyReading reading = CopyReading.of(storage, BinaryHeader.Copy.SECONDARY, offset);
      if (reading.isWhole()) {
        return reading;
      }
      best = better(best, reading);
    }
    return java.util.Objects.requireNonNull(best);
  }

  private static CopyReading better(@Nullable CopyReading best, CopyReading reading) {
    return best == null || (!best.hasMagic() && reading.hasMagic()) ? reading : best;
  }

  CopyReading primary() {
    return primary;
  }

  CopyReading secondary() {
    return secondary;
  }

  /** The copy that counts, whole and of the higher sequence number; empty if neither is whole. */
  private Optional<CopyReading> counting() {
    if (primary.isWhole() && secondary.isWhole()) {
      return Optional.of(primary.seqid() >= secondary.seqid() ? primary : secondary);
    }
    return List.of(primary, secondary).stream().filter(CopyReading::isWhole).findFirst();
  }

  /** The valid header that counts, or why there is none. */
  HeaderCopy current(LuksStorage storage) throws IOException, LuksException {
    Optional<CopyReading> counting = counting();
    if (counting.isEmpty() || (!primary.isWhole() && Luks1Rules.isKept(storage))) {
      throw nothingWhole(storage);
    }
    return counting.get().copy();
  }

  private LuksException nothingWhole(LuksStorage storage) throws IOException {
    byte[] sector = firstSector(storage);
    if (!secondary.hasMagic() && UnfinishedFormat.isMark(sector)) {
      return new LuksException.FormatUnfinished();
    }
    if (Luks1Header.isAt(storage)) {
      return new LuksException.NotLuks("the device holds a LUKS1 header, not LUKS2");
    }
    if (!primary.hasMagic() && !secondary.hasMagic()) {
      if (ReencryptPlacement.isMark(sector)) {
        return LuksException.NotLuks.ofEncryptionCutOff();
      }
      return new LuksException.NotLuks("no LUKS header was found at any of its places");
    }
    return new LuksException.CorruptHeader(
        primary.offsetBytes(),
        "no copy is valid (primary: %s; secondary: %s)"
            .formatted(problem(primary), problem(secondary)));
  }

  private static String problem(CopyReading reading) {
    return reading.why().map(Throwable::getMessage).orElse("valid");
  }

  static byte[] firstSector(LuksStorage storage) throws IOException {
    byte[] sector = new byte[UnfinishedFormat.SECTOR_BYTES];
    int there = (int) Math.min(sector.length, storage.sizeBytes());
    storage.read(ByteBuffer.wrap(sector, 0, there), 0);
    return sector;
  }

  /**
   * Refuses a volume whose primary header was overwritten by something that is recognised: whoever
   * made that may have meant it.
   */
  void requireUndisputed(LuksStorage storage) throws IOException, LuksException {
    if (primary.hasMagic() || !secondary.isWhole()) {
      return;
    }
    for (Signatures.Found found : Signatures.find(Signatures.of(storage))) {
      if (found.offsetBytes() < secondary.offsetBytes()) {
        throw new LuksException.SignaturesAmbiguous(found.toString());
      }
    }
  }

  /** The copy to be rewritten from the other; empty if both are valid and the same. */
  Optional<CopyReading> bad() {
    HeaderCopy first = primary.valid();
    HeaderCopy second = secondary.valid();
    if (first != null && second != null && first.sameAs(second)) {
      return Optional.empty();
    }
    return counting().map(good -> good.isPrimary() ? secondary : primary);
  }

  /** Why one copy should be rewritten from the other. */
  Optional<String> repairReason() {
    return bad().map(this::reason);
  }

  private String reason(CopyReading bad) {
    CopyReading good = bad.isPrimary() ? secondary : primary;
    String name = bad.isPrimary() ? "primary" : "secondary";
    if (bad.isWhole()) {
      return bad.seqid() == good.seqid()
          ? "the secondary header differs from the primary with the same seqid"
          : "the %s header is older than the other: seqid %d, not %d"
              .formatted(name, bad.seqid(), good.seqid());
    }
    return "the %s header is damaged: %s".formatted(name, problem(bad));
  }
}
