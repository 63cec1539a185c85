package org.secretfs.luks;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * What a re-encryption changes, and how it is protected.
 *
 * @param protection how a part that is being rewritten survives a crash
 * @param protectionHash the hash of checksums
 * @param blockBytes the least that the data device writes at once or not at all: what one checksum
 *     is over, unless sectors are larger
 * @param keepKey whether the volume key stays
 * @param cipher the new cipher; empty for the old one
 * @param keySizeBits the length of a new volume key; empty for the old one's
 * @param sectorSize the new sector size; empty for the old one
 * @param kdf how the passphrases of a new volume key are stretched; empty for how they are now
 * @param hotzoneBytes bounds the part that a decryption moves first; empty for the default
 */
public record ReencryptOptions(
    Protection protection,
    HashAlgorithm protectionHash,
    int blockBytes,
    boolean keepKey,
    Optional<String> cipher,
    OptionalInt keySizeBits,
    OptionalInt sectorSize,
    Optional<KdfParameters> kdf,
    OptionalLong hotzoneBytes) {

  /** How a part that is being rewritten survives a crash. */
  public enum Protection {
    /** Checksums of its old blocks: the default. */
    CHECKSUM,
    /** A copy of its old bytes. */
    JOURNAL,
    /** Not at all: a crash in the middle loses data. */
    NONE
  }

  /** A new volume key, checksums by SHA-256 over blocks of 4096 bytes, all else as it was. */
  public static ReencryptOptions defaults() {
    return new ReencryptOptions(
        Protection.CHECKSUM,
        HashAlgorithm.SHA256,
        4096,
        false,
        Optional.empty(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        OptionalLong.empty());
  }

  public ReencryptOptions withProtection(Protection other) {
    return new ReencryptOptions(
        other,
        protectionHash,
        blockBytes,
        keepKey,
        cipher,
        keySizeBits,
        sectorSize,
        kdf,
        hotzoneBytes);
  }

  public ReencryptOptions withProtectionHash(HashAlgorithm other) {
    return new ReencryptOptions(
        protection, other, blockBytes, keepKey, cipher, keySizeBits, sectorSize, kdf, hotzoneBytes);
  }

  /** A power of two from 512 to 1 MiB. */
  public ReencryptOptions withBlockBytes(int other) {
    return new ReencryptOptions(
        protection,
        protectionHash,
        other,
        keepKey,
        cipher,
        keySizeBits,
        sectorSize,
        kdf,
        hotzoneBytes);
  }

  public ReencryptOptions keepingKey() {
    return new ReencryptOptions(
        protection,
        protectionHash,
        blockBytes,
        true,
        cipher,
        keySizeBits,
        sectorSize,
        kdf,
        hotzoneBytes);
  }

  public ReencryptOptions withCipher(String other) {
    return new ReencryptOptions(
        protection,
        protectionHash,
        blockBytes,
        keepKey,
        Optional.of(other),
        keySizeBits,
        sectorSize,
        kdf,
        hotzoneBytes);
  }

  public ReencryptOptions withKeySizeBits(int other) {
    return new ReencryptOptions(
        protection,
        protectionHash,
        blockBytes,
        keepKey,
        cipher,
        OptionalInt.of(other),
        sectorSize,
        kdf,
        hotzoneBytes);
  }

  public ReencryptOptions withSectorSize(int other) {
    return new ReencryptOptions(
        protection,
        protectionHash,
        blockBytes,
        keepKey,
        cipher,
        keySizeBits,
        OptionalInt.of(other),
        kdf,
        hotzoneBytes);
  }

  public ReencryptOptions withKdf(KdfParameters other) {
    return new ReencryptOptions(
        protection,
        protectionHash,
        blockBytes,
        keepKey,
        cipher,
        keySizeBits,
        sectorSize,
        Optional.of(other),
        hotzoneBytes);
  }

  public ReencryptOptions withHotzoneBytes(long other) {
    return new ReencryptOptions(
        protection,
        protectionHash,
        blockBytes,
        keepKey,
        cipher,
        keySizeBits,
        sectorSize,
        kdf,
        OptionalLong.of(other));
  }

  /** For sectors of up to {@code sectorBytes}. */
  Resilience resilience(int sectorBytes) {
    return switch (protection) {
      case CHECKSUM -> Resilience.checksum(protectionHash, Math.max(blockBytes, sectorBytes));
      case JOURNAL -> Resilience.journal();
      case NONE -> Resilience.none();
    };
  }

  /** For data that moves, of which the first part moves onto itself. */
  Resilience movingResilience(int sectorBytes, long shiftBytes) {
    return switch (protection) {
      case CHECKSUM ->
          new Resilience(
              Resilience.Kind.DATASHIFT_CHECKSUM,
              Optional.of(protectionHash),
              Math.max(blockBytes, sectorBytes),
              shiftBytes);
      case JOURNAL ->
          new Resilience(Resilience.Kind.DATASHIFT_JOURNAL, Optional.empty(), 0, shiftBytes);
      case NONE ->
          throw new IllegalArgumentException("data that moves needs checksums or a journal");
    };
  }
}
