package org.secretfs.machinetest;

import java.util.List;
import org.secretfs.crypto.CryptoException;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.ReencryptOptions;

/**
 * A re-encryption that is begun by one program and finished by the other.
 *
 * @param way who begins it, as dm-crypt.sh names it
 * @param resilience as cryptsetup names it
 */
record LuksChange(
    String way, LuksShape before, String cipher, int keyBits, int sectorSize, String resilience) {
  /** Of the kernel's ciphers that plain files cannot have without it, one for each protection. */
  static List<LuksChange> some() {
    LuksShape twofish = shape("twofish-xts-plain64", 512);
    return List.of(
        new LuksChange("begin", twofish, "serpent-xts-plain64", 512, 512, "checksum"),
        new LuksChange("finish", twofish, "aes-xts-plain64", 512, 4096, "checksum"),
        new LuksChange("online", twofish, "aes-xts-plain64", 256, 512, "journal"));
  }

  static List<LuksChange> all() {
    LuksShape camellia = shape("camellia-cbc-essiv:sha256", 4096);
    LuksShape serpent = shape("serpent-xts-plain64", 2048);
    return List.of(
        new LuksChange("begin", camellia, "twofish-xts-plain64", 512, 512, "journal"),
        new LuksChange("begin", serpent, "camellia-xts-plain64", 512, 1024, "checksum"),
        new LuksChange("finish", camellia, "twofish-xts-plain64", 512, 1024, "journal"),
        new LuksChange("finish", serpent, "twofish-xts-plain64", 256, 512, "checksum"),
        new LuksChange("finish", serpent, "serpent-cbc-plain64", 256, 4096, "none"),
        new LuksChange("online", serpent, "twofish-xts-plain64", 512, 2048, "checksum"),
        new LuksChange("online", camellia, "camellia-xts-plain64", 512, 4096, "journal"));
  }

  private static LuksShape shape(String cipher, int sectorSize) {
    int keyBits = cipher.contains("cbc") ? 256 : 512;
    return new LuksShape(
        "luks2", cipher, keyBits, sectorSize, "pbkdf2", "sha256", false, 4 << 20, 4 << 20);
  }

  /** For cryptsetup. */
  List<String> options() {
    return List.of(
        ("--cipher %s --key-size %d --sector-size %d --resilience %s --hotzone-size 256k"
                + " --pbkdf pbkdf2 --pbkdf-force-iterations 1000")
            .formatted(cipher, keyBits, sectorSize, resilience)
            .split(" ", -1));
  }

  /** For the library. */
  ReencryptOptions libraryOptions() throws CryptoException {
    return ReencryptOptions.defaults()
        .withCipher(cipher)
        .withKeySizeBits(keyBits)
        .withSectorSize(sectorSize)
        .withKdf(new KdfParameters.Pbkdf2("sha256", 1000))
        .withProtection(protection());
  }

  private ReencryptOptions.Protection protection() {
    return switch (resilience) {
      case "journal" -> ReencryptOptions.Protection.JOURNAL;
      case "none" -> ReencryptOptions.Protection.NONE;
      default -> ReencryptOptions.Protection.CHECKSUM;
    };
  }

  @Override
  public String toString() {
    return "%s: %s, sectors of %d, to %s %d bits, sectors of %d, %s"
        .formatted(
            way, before.cipher(), before.sectorSize(), cipher, keyBits, sectorSize, resilience);
  }
}
