package org.secretfs.luks;

import java.io.IOException;

/**
 * What a device is, as far as LUKS goes. Probing never writes.
 *
 * @param kind the finding
 * @param detail one line on what was found where, for an error message
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §2.1 Binary Header
 */
public record LuksProbe(Kind kind, String detail) {
  /** The findings. */
  public enum Kind {
    /** At least one valid copy of a LUKS2 header. */
    LUKS2,
    /** A LUKS1 header by its magic. */
    LUKS1,
    /** The magic of a LUKS2 header is somewhere, but no copy is valid or the place is disputed. */
    DAMAGED_LUKS,
    /** A format by this library began and did not finish; nothing of the volume was ever used. */
    UNFINISHED_FORMAT,
    /** No trace of LUKS. */
    NONE
  }

  /**
   * Looks at every place where a LUKS header may begin, under a shared lock.
   *
   * @throws LuksException.HeaderBusy if another program keeps the header's lock: then nothing is
   *     known, least of all that the header is damaged
   */
  public static LuksProbe probe(LuksStorage storage) throws IOException, LuksException.HeaderBusy {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.SHARED)) {
      HeaderCopies copies = HeaderCopies.read(storage);
      copies.current(storage);
      copies.requireUndisputed(storage);
      return new LuksProbe(Kind.LUKS2, copies.repairReason().orElse("a valid LUKS2 header"));
    } catch (LuksException.HeaderBusy e) {
      throw e;
    } catch (LuksException e) {
      return new LuksProbe(kindOf(e, storage), String.valueOf(e.getMessage()));
    }
  }

  private static Kind kindOf(LuksException e, LuksStorage storage) throws IOException {
    return switch (e) {
      case LuksException.FormatUnfinished _ -> Kind.UNFINISHED_FORMAT;
      case LuksException.UnsupportedFeature _ -> Kind.LUKS2;
      case LuksException.NotLuks _ -> Luks1Header.isAt(storage) ? Kind.LUKS1 : Kind.NONE;
      case LuksException.CorruptHeader _, LuksException.SignaturesAmbiguous _ -> Kind.DAMAGED_LUKS;
      case LuksException.HeaderBusy _,
          LuksException.HeaderChanged _,
          LuksException.BackupRefused _,
          LuksException.DerivationFailed _,
          LuksException.KeyslotInvalid _,
          LuksException.NoKeyslotOpened _,
          LuksException.NoRoom _,
          LuksException.ReencryptionRefused _,
          LuksException.ReencryptionUnfinished _,
          LuksException.TokenInvalid _,
          LuksException.ManifestMissing _,
          LuksException.ManifestBroken _,
          LuksException.HeaderNotVouchedFor _ ->
          throw new IllegalStateException("reading a header does not fail so", e);
    };
  }
}
