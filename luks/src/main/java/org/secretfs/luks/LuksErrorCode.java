package org.secretfs.luks;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;

/**
 * The stable codes of this module's failures: numbers 2000 to 2999.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §4 LUKS2 Operations
 */
public enum LuksErrorCode implements ErrorCode {
  NOT_LUKS(2001, Kind.DATA),
  HEADER_CORRUPT(2002, Kind.DATA),
  FEATURE_UNSUPPORTED(2003, Kind.DATA),
  NO_KEYSLOT_OPENED(2004, Kind.DENIED),
  HEADER_CHANGED(2005, Kind.DATA),
  HEADER_BUSY(2006, Kind.UNREACHABLE),
  FORMAT_UNFINISHED(2007, Kind.DATA),
  SIGNATURES_AMBIGUOUS(2008, Kind.DATA),
  TOKEN_INVALID(2009, Kind.DATA),
  NO_ROOM(2010, Kind.DATA),
  DERIVATION_FAILED(2011, Kind.UNREACHABLE),
  KEYSLOT_INVALID(2012, Kind.DATA),
  BACKUP_REFUSED(2013, Kind.DATA),
  REENCRYPTION_UNFINISHED(2020, Kind.DATA),
  REENCRYPTION_REFUSED(2021, Kind.DATA),
  MANIFEST_MISSING(2040, Kind.DATA),
  MANIFEST_BROKEN(2041, Kind.DATA),
  HEADER_NOT_VOUCHED_FOR(2042, Kind.DATA);

  private final int number;
  private final Kind kind;

  LuksErrorCode(int number, Kind kind) {
    this.number = number;
    this.kind = kind;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public Kind kind() {
    return kind;
  }
}
