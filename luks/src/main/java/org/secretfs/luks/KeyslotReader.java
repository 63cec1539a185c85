package org.secretfs.luks;

import java.util.Optional;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * The rules of one keyslot.
 *
 * @see <a href="https://gitlab.com/cryptsetup/LUKS2-docs">LUKS2 on-disk format, keyslots object</a>
 */
final class KeyslotReader {
  static final int SALT_BYTES = 32;
  private static final int MAX_KEY_BYTES = 128;

  private KeyslotReader() {}

  static Keyslot read(Fields keyslot) throws LuksException {
    String type = keyslot.text("type");
    if (!type.equals("luks2")) {
      throw new LuksException.UnsupportedFeature(
          "%s: keyslots of type \"%s\" are not supported".formatted(keyslot.path(), type));
    }
    int keySizeBytes = keyslot.number("key_size", 1, MAX_KEY_BYTES);
    Fields kdf = keyslot.object("kdf");
    return new Keyslot(
        keySizeBytes,
        priority(keyslot),
        kdf(kdf),
        kdf.base64("salt", SALT_BYTES, SALT_BYTES),
        antiForensicHash(keyslot.object("af")),
        area(keyslot.object("area"), keySizeBytes));
  }

  private static KeyslotInfo.Priority priority(Fields keyslot) throws LuksException {
    KeyslotInfo.Priority[] all = KeyslotInfo.Priority.values();
    return keyslot.has("priority")
        ? all[keyslot.number("priority", 0, all.length - 1)]
        : KeyslotInfo.Priority.NORMAL;
  }

  static KdfParameters kdf(Fields kdf) throws LuksException {
    String type = kdf.text("type");
    return switch (type) {
      case "pbkdf2" -> pbkdf2(kdf);
      case "argon2i", "argon2id" -> argon2(kdf, type);
      default ->
          throw new LuksException.UnsupportedFeature(
              "%s: the key derivation \"%s\" is not supported".formatted(kdf.path(), type));
    };
  }

  private static KdfParameters pbkdf2(Fields kdf) throws LuksException {
    requireOnly(kdf, 4);
    HashAlgorithm hash = hash(kdf);
    int iterations = kdf.number("iterations", 1, Integer.MAX_VALUE);
    requireBounds(kdf, KdfBounds.pbkdf2(iterations));
    return new KdfParameters.Pbkdf2(hash.luksName(), iterations);
  }

  private static KdfParameters argon2(Fields kdf, String type) throws LuksException {
    requireOnly(kdf, 5);
    int time = kdf.number("time", 1, Integer.MAX_VALUE);
    int memoryKib = kdf.number("memory", 1, Integer.MAX_VALUE);
    int lanes = kdf.number("cpus", 1, Integer.MAX_VALUE);
    requireBounds(kdf, KdfBounds.argon2(time, memoryKib, lanes));
    return type.equals("argon2i")
        ? new KdfParameters.Argon2i(time, memoryKib, lanes)
        : new KdfParameters.Argon2id(time, memoryKib, lanes);
  }

  private static void requireOnly(Fields kdf, int count) throws LuksException {
    if (kdf.node().size() != count) {
      throw kdf.broken("has %d fields: must have %d".formatted(kdf.node().size(), count));
    }
  }

  private static void requireBounds(Fields kdf, Optional<String> broken) throws LuksException {
    if (broken.isPresent()) {
      throw kdf.broken(broken.get());
    }
  }

  static HashAlgorithm hash(Fields fields) throws LuksException {
    String name = fields.text("hash");
    return HashAlgorithm.ofLuksName(name)
        .orElseThrow(() ->
            new LuksException.UnsupportedFeature(
                "%s: the hash \"%s\" is not supported".formatted(fields.path(), name)));
  }

  private static HashAlgorithm antiForensicHash(Fields af) throws LuksException {
    af.textOf("type", "luks1");
    af.number("stripes", Keyslot.STRIPES, Keyslot.STRIPES);
    return hash(af);
  }

  private static Keyslot.Area area(Fields area, int keySizeBytes) throws LuksException {
    area.textOf("type", "raw");
    Keyslot.Area read =
        new Keyslot.Area(
            area.decimal("offset"),
            area.decimal("size"),
            area.name("encryption"),
            area.number("key_size", 1, MAX_KEY_BYTES));
    if (read.sizeBytes() < Keyslot.splitBytes(keySizeBytes)) {
      throw area.broken(
          "size",
          "must hold the split key of %d bytes".formatted(Keyslot.splitBytes(keySizeBytes)));
    }
    return read;
  }
}
