package org.secretfs.crypto;

import java.util.Optional;
import org.secretfs.crypto.foreign.LibGcrypt;
import org.secretfs.crypto.memory.SecretBuffer;

/** Sector ciphers by libgcrypt, which has vectorised code for them. */
final class GcryptCiphers implements BlockCiphers {
  private static final int NONE = -1;

  @Override
  public String name() {
    return "libgcrypt";
  }

  @Override
  public Optional<String> unavailableBecause(CipherSpec spec, int keyBytes) {
    Optional<LibGcrypt> library = LibGcrypt.find();
    if (library.isEmpty()) {
      return Optional.of("no libgcrypt.so.20 on this machine");
    }
    int number = number(spec, keyBytes);
    return number != NONE && library.get().has(number, mode(spec))
        ? Optional.empty()
        : Optional.of("libgcrypt has no %s with %d-byte keys".formatted(spec, keyBytes));
  }

  @Override
  public SectorContext newContext(CipherSpec spec, SecretBuffer key) {
    return new GcryptContext(
        LibGcrypt.find().orElseThrow(),
        mode(spec),
        number(spec, key.length()),
        number(spec.algorithm(), 256),
        spec.iv() == CipherSpec.Iv.ESSIV_SHA256,
        key);
  }

  private static LibGcrypt.Mode mode(CipherSpec spec) {
    return switch (spec.mode()) {
      case XTS -> LibGcrypt.Mode.XTS;
      case CBC -> LibGcrypt.Mode.CBC;
    };
  }

  private static int number(CipherSpec spec, int keyBytes) {
    return number(spec.algorithm(), spec.algorithmKeyBits(keyBytes));
  }

  /** Libgcrypt's number; it counts ciphers by key length, and has no Twofish of 192 bits. */
  private static int number(CipherSpec.Algorithm algorithm, int bits) {
    return switch (algorithm) {
      case AES -> 7 + (bits - 128) / 64;
      case TWOFISH ->
          switch (bits) {
            case 256 -> 10;
            case 128 -> 303;
            default -> NONE;
          };
      case SERPENT -> 304 + (bits - 128) / 64;
      case CAMELLIA -> 310 + (bits - 128) / 64;
    };
  }
}
