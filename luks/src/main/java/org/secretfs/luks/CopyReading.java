package org.secretfs.luks;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What came of reading one header copy: a valid copy, one that is whole but needs what this library
 * does not do, or a damaged or missing one.
 *
 * @param seqid of a copy whose checksum fits; -1 otherwise
 */
record CopyReading(
    BinaryHeader.Copy which,
    long offsetBytes,
    boolean hasMagic,
    long seqid,
    @Nullable HeaderCopy valid,
    @Nullable LuksException problem) {

  static CopyReading of(LuksStorage storage, BinaryHeader.Copy which, long offsetBytes)
      throws IOException {
    RawCopy raw = null;
    boolean hasMagic = RawCopy.hasMagic(storage, which, offsetBytes);
    try {
      raw = RawCopy.read(storage, which, offsetBytes);
      HeaderCopy copy = raw.parse(storage.sizeBytes());
      return new CopyReading(which, offsetBytes, true, raw.binary().seqid(), copy, null);
    } catch (LuksException e) {
      long seqid = raw == null ? -1 : raw.binary().seqid();
      return new CopyReading(which, offsetBytes, hasMagic, seqid, null, e);
    }
  }

  boolean isPrimary() {
    return which == BinaryHeader.Copy.PRIMARY;
  }

  boolean isValid() {
    return valid != null;
  }

  /** Whether its checksum fits and only a feature is missing: another copy must not replace it. */
  boolean isUnsupported() {
    return problem instanceof LuksException.UnsupportedFeature;
  }

  boolean isWhole() {
    return isValid() || isUnsupported();
  }

  Optional<LuksException> why() {
    return Optional.ofNullable(problem);
  }

  HeaderCopy copy() throws LuksException {
    if (valid != null) {
      return valid;
    }
    throw why().orElseThrow();
  }
}
