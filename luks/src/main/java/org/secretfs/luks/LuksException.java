package org.secretfs.luks;

import org.secretfs.crypto.CryptoException;
import org.secretfs.failure.SecretfsException;

/**
 * The root of everything that a LUKS volume, or a hostile imitation of one, can make go wrong.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §4.5 Metadata Recovery
 */
public abstract sealed class LuksException extends SecretfsException {
  private static final int MOST_MESSAGE_CHARS = 2000;

  private LuksException(LuksErrorCode code, String message) {
    super(code, printable(message));
  }

  private LuksException(LuksErrorCode code, String message, Throwable cause) {
    super(code, printable(message), cause);
  }

  /** Messages quote headers, which may be hostile to terminals and logs. */
  private static String printable(String message) {
    String shortened = message.substring(0, Math.min(message.length(), MOST_MESSAGE_CHARS));
    return shortened.replaceAll("[\\p{Cntrl}\\p{Cs}]", "?");
  }

  /** Neither header copy is there, not even a damaged one; or it is a LUKS version not meant. */
  public static final class NotLuks extends LuksException {
    private final boolean encryptionCutOff;

    public NotLuks(String message) {
      this(message, false);
    }

    private NotLuks(String message, boolean encryptionCutOff) {
      super(LuksErrorCode.NOT_LUKS, message);
      this.encryptionCutOff = encryptionCutOff;
    }

    static NotLuks ofEncryptionCutOff() {
      return new NotLuks(
          "no LUKS header yet: an encryption of the device in place was cut off while it began",
          true);
    }

    /** Whether an encryption in place was cut off before its header was there. */
    public boolean isEncryptionCutOff() {
      return encryptionCutOff;
    }
  }

  /** No valid copy of the header, or one that breaks a rule of the format. */
  public static final class CorruptHeader extends LuksException {
    private final long offsetBytes;

    /**
     * @param offsetBytes where the header copy that is wrong begins
     * @param rule what is wrong: the place, the value and the rule
     */
    public CorruptHeader(long offsetBytes, String rule) {
      this("LUKS2", offsetBytes, rule);
    }

    private CorruptHeader(String format, long offsetBytes, String rule) {
      super(
          LuksErrorCode.HEADER_CORRUPT,
          "%s header at offset %d: %s".formatted(format, offsetBytes, rule));
      this.offsetBytes = offsetBytes;
    }

    /** A LUKS1 header, of which there is one, at offset 0, that breaks {@code rule}. */
    static CorruptHeader ofLuks1(String rule) {
      return new CorruptHeader("LUKS1", 0, rule);
    }

    public CorruptHeader(long offsetBytes, String rule, Throwable cause) {
      super(
          LuksErrorCode.HEADER_CORRUPT,
          "LUKS2 header at offset %d: %s".formatted(offsetBytes, rule),
          cause);
      this.offsetBytes = offsetBytes;
    }

    /** Where the header copy that is wrong begins, in bytes. */
    public long offsetBytes() {
      return offsetBytes;
    }
  }

  /** A valid header that asks for something this library does not do. */
  public static final class UnsupportedFeature extends LuksException {
    public UnsupportedFeature(String message) {
      super(LuksErrorCode.FEATURE_UNSUPPORTED, message);
    }
  }

  /** The passphrase opens none of the keyslots that were tried, or the key is another volume's. */
  public static final class NoKeyslotOpened extends LuksException {
    private final int tried;

    public NoKeyslotOpened(int tried) {
      this(tried, "the passphrase opens no keyslot (%d tried)".formatted(tried));
    }

    private NoKeyslotOpened(int tried, String message) {
      super(LuksErrorCode.NO_KEYSLOT_OPENED, message);
      this.tried = tried;
    }

    static NoKeyslotOpened ofFree(int number) {
      return new NoKeyslotOpened(0, "keyslot %d is not in use".formatted(number));
    }

    static NoKeyslotOpened ofUnbound(int number) {
      return new NoKeyslotOpened(
          0, "keyslot %d is unbound: its key is not this volume's".formatted(number));
    }

    /** Where one keyslot does not count, because it is to go. */
    public static NoKeyslotOpened besides(int gone, int tried) {
      return new NoKeyslotOpened(
          tried,
          "the passphrase opens no keyslot besides %d, if that (%d others tried)"
              .formatted(gone, tried));
    }

    static NoKeyslotOpened ofOtherKey() {
      return new NoKeyslotOpened(0, "the key is not this volume's");
    }

    /** How many keyslots were tried. */
    public int tried() {
      return tried;
    }
  }

  /** A key could not be derived, most likely for want of memory. */
  public static final class DerivationFailed extends LuksException {
    public DerivationFailed(CryptoException cause) {
      super(
          LuksErrorCode.DERIVATION_FAILED,
          "a key could not be derived: %s".formatted(cause.getMessage()),
          cause);
    }
  }

  /** Another program updated the header since this one read it; nothing was written. */
  public static final class HeaderChanged extends LuksException {
    public HeaderChanged(long readSeqid, long foundSeqid) {
      super(
          LuksErrorCode.HEADER_CHANGED,
          "the header changed since it was read: seqid %d then, %d now"
              .formatted(readSeqid, foundSeqid));
    }

    /** For a header that has no sequence number. */
    public HeaderChanged() {
      super(LuksErrorCode.HEADER_CHANGED, "the header changed since it was read");
    }
  }

  /** Another program holds the header's lock. */
  public static final class HeaderBusy extends LuksException {
    public HeaderBusy(String message) {
      super(LuksErrorCode.HEADER_BUSY, message);
    }
  }

  /** A format by this library began here and did not finish; it never held data. */
  public static final class FormatUnfinished extends LuksException {
    public FormatUnfinished() {
      super(
          LuksErrorCode.FORMAT_UNFINISHED,
          "a format began on this device and did not finish; it never held data of this volume");
    }
  }

  /** The primary header was overwritten by something else that is recognised. */
  public static final class SignaturesAmbiguous extends LuksException {
    public SignaturesAmbiguous(String found) {
      super(
          LuksErrorCode.SIGNATURES_AMBIGUOUS,
          "the secondary LUKS2 header is valid, but where the primary was there is %s"
              .formatted(found));
    }
  }

  /** A token breaks a rule of the format or of its type. */
  public static final class TokenInvalid extends LuksException {
    public TokenInvalid(String message) {
      super(LuksErrorCode.TOKEN_INVALID, message);
    }
  }

  /** There is no such keyslot, or it is the last that holds the volume key. */
  public static final class KeyslotInvalid extends LuksException {
    public KeyslotInvalid(String message) {
      super(LuksErrorCode.KEYSLOT_INVALID, message);
    }

    static KeyslotInvalid last(int number) {
      return new KeyslotInvalid(
          "keyslot %d is the last that holds the volume's key".formatted(number));
    }
  }

  /** The header has no manifest, or it was removed. */
  public static final class ManifestMissing extends LuksException {
    public ManifestMissing() {
      super(
          LuksErrorCode.MANIFEST_MISSING,
          "the header has no manifest: it never had one, or somebody removed it");
    }
  }

  /** No manifest was made with the secret, or one breaks a rule of its format. */
  public static final class ManifestBroken extends LuksException {
    public ManifestBroken(String message) {
      super(LuksErrorCode.MANIFEST_BROKEN, message);
    }
  }

  /** The header is not the one that the manifest vouches for. */
  public static final class HeaderNotVouchedFor extends LuksException {
    /**
     * @param difference which field differs, its value and the one vouched for
     */
    public HeaderNotVouchedFor(String difference) {
      super(
          LuksErrorCode.HEADER_NOT_VOUCHED_FOR,
          "the header is not the one that its manifest vouches for: " + difference);
    }
  }

  /** A backup of a header does not belong on the device; nothing was written. */
  public static final class BackupRefused extends LuksException {
    public BackupRefused(String why) {
      super(LuksErrorCode.BACKUP_REFUSED, "the backup does not belong here: " + why);
    }
  }

  /** The JSON area, the keyslots area or the device is too small for what is asked. */
  public static final class NoRoom extends LuksException {
    public NoRoom(String message) {
      super(LuksErrorCode.NO_ROOM, message);
    }
  }

  /** The volume is in the middle of a re-encryption, of which each part is under a key. */
  public static final class ReencryptionUnfinished extends LuksException {
    public ReencryptionUnfinished() {
      super(
          LuksErrorCode.REENCRYPTION_UNFINISHED,
          "the volume is in the middle of a re-encryption that has to be finished first");
    }
  }

  /** A re-encryption that cannot be begun or resumed as asked, or whose metadata is not proven. */
  public static final class ReencryptionRefused extends LuksException {
    public ReencryptionRefused(String message) {
      super(LuksErrorCode.REENCRYPTION_REFUSED, message);
    }
  }
}
