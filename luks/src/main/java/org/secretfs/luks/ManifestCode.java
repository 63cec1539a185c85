package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.secretfs.crypto.Hkdf;
import org.secretfs.crypto.HmacSha256;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The authentication code of a manifest with what its key is derived by.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc2104 RFC 2104
 * @spec https://www.rfc-editor.org/rfc/rfc5869 RFC 5869
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record ManifestCode(ManifestDerivation derivation, byte[] salt, byte[] code) {
  private static final int SALT_BYTES = 32;

  /** Keeps this key apart from any other that may ever come from the same secret. */
  private static final byte[] KEY_INFO =
      "secretfs luks2 manifest v1 key".getBytes(StandardCharsets.US_ASCII);

  /** Keeps the code apart from any other under the same key; the zero ends it. */
  private static final byte[] MESSAGE_PREFIX =
      "secretfs luks2 manifest v1\0".getBytes(StandardCharsets.US_ASCII);

  /** Makes the code of a statement with a new salt. */
  static ManifestCode of(
      ManifestDerivation derivation, SecretBuffer secret, ManifestStatement statement)
      throws LuksException {
    byte[] salt = KernelRandom.bytes(SALT_BYTES);
    try (SecretBuffer key = key(derivation, secret, salt)) {
      byte[] code = HmacSha256.mac(key, MESSAGE_PREFIX, statement.canonical());
      return new ManifestCode(derivation, salt, code);
    }
  }

  static ManifestCode read(Fields token) throws LuksException {
    return new ManifestCode(
        derivation(token.object("derivation")),
        Base64.getDecoder().decode(token.base64("salt", SALT_BYTES, SALT_BYTES)),
        Base64.getDecoder()
            .decode(token.base64("mac", HmacSha256.LENGTH_BYTES, HmacSha256.LENGTH_BYTES)));
  }

  private static ManifestDerivation derivation(Fields fields) throws LuksException {
    String kind = fields.text("kind");
    return switch (kind) {
      case "hkdf-sha256" -> ManifestDerivation.RANDOM_SECRET;
      case "argon2id" -> passphrase(fields);
      default -> throw fields.broken("kind", "must be \"hkdf-sha256\" or \"argon2id\"");
    };
  }

  private static ManifestDerivation passphrase(Fields fields) throws LuksException {
    int time = fields.number("time", ManifestDerivation.Passphrase.LEAST_TIME_COST, 1 << 30);
    int memoryKib =
        fields.number(
            "memory",
            ManifestDerivation.Passphrase.LEAST_MEMORY_KIB,
            KdfBounds.MAX_ARGON2_MEMORY_KIB);
    int lanes = fields.number("cpus", 1, KdfBounds.MAX_ARGON2_LANES);
    Optional<String> broken = KdfBounds.argon2(time, memoryKib, lanes);
    if (broken.isPresent()) {
      throw fields.broken(broken.get());
    }
    return new ManifestDerivation.Passphrase(new KdfParameters.Argon2id(time, memoryKib, lanes));
  }

  void write(ObjectNode token) {
    ObjectNode fields = token.putObject("derivation");
    switch (derivation) {
      case ManifestDerivation.RandomSecret _ -> fields.put("kind", "hkdf-sha256");
      case ManifestDerivation.Passphrase(KdfParameters.Argon2id(int time, int memory, int lanes)) ->
          fields.put("kind", "argon2id").put("time", time).put("memory", memory).put("cpus", lanes);
    }
    token.put("salt", Base64.getEncoder().encodeToString(salt));
    token.put("mac", Base64.getEncoder().encodeToString(code));
  }

  /** Whether this is the code of {@code statement} under {@code secret}. */
  boolean fits(SecretBuffer secret, ManifestStatement statement) throws LuksException {
    try (SecretBuffer key = key(derivation, secret, salt)) {
      return HmacSha256.verify(key, code, MESSAGE_PREFIX, statement.canonical());
    }
  }

  private static SecretBuffer key(ManifestDerivation derivation, SecretBuffer secret, byte[] salt)
      throws LuksException {
    return switch (derivation) {
      case ManifestDerivation.RandomSecret _ -> expand(secret, salt);
      case ManifestDerivation.Passphrase(KdfParameters.Argon2id cost) -> {
        String text = Base64.getEncoder().encodeToString(salt);
        try (SecretBuffer slow =
            KeyDerivation.areaKey(cost, secret, text, HmacSha256.LENGTH_BYTES)) {
          yield expand(slow, salt);
        }
      }
    };
  }

  private static SecretBuffer expand(SecretBuffer input, byte[] salt) {
    return Hkdf.derive(input, salt, KEY_INFO, HmacSha256.LENGTH_BYTES);
  }
}
