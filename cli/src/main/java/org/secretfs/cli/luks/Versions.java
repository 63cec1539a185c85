package org.secretfs.cli.luks;

import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.Luks1Volume;
import org.secretfs.luks.Luks2Header;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.LuksVolume;

/** What the two versions of the format have and have not. */
final class Versions {
  private Versions() {}

  /** The volume as one of LUKS2, for what LUKS1 has not. */
  static Luks2Volume luks2(LuksVolume volume, String what) throws LuksException {
    return switch (volume) {
      case Luks2Volume two -> two;
      case Luks1Volume _ ->
          throw new LuksException.UnsupportedFeature(
              "LUKS1 has no %s: convert the volume to LUKS2 first".formatted(what));
    };
  }

  /** The header as one of LUKS2, in re-encryption or not, for what LUKS1 has not. */
  static Luks2Header luks2Header(LuksHeader header, String what) throws LuksException {
    return switch (header) {
      case Luks2Header two -> two;
      case Luks1Volume one -> luks2(one, what);
    };
  }

  /** The key derivation of a new keyslot: LUKS1 has PBKDF2 with the header's hash only. */
  static KdfParameters kdf(LuksVolume volume, KdfOptions kdf, KeyslotKind kind)
      throws SecretfsException {
    return switch (volume) {
      case Luks2Volume _ -> kind.kdf(kdf);
      case Luks1Volume one ->
          kdf.choose(HashAlgorithm.ofLuksName(one.hash()).orElseThrow(), "pbkdf2");
    };
  }
}
