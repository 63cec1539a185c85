package org.secretfs.luks;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.failure.OptionException;

/**
 * What a re-encryption changes, and how it is protected. Each {@code with} method returns a copy
 * with one thing changed.
 */
public final class ReencryptOptions {
  private static final int SHIFT_UNIT_BYTES = 4096;

  private Protection protection = Protection.CHECKSUM;
  private HashAlgorithm protectionHash = HashAlgorithm.SHA256;
  private int blockBytes = 512;
  private boolean keepKey;
  private @Nullable VolumeKey newKey;
  private @Nullable String cipher;
  private OptionalInt keySizeBits = OptionalInt.empty();
  private OptionalInt sectorSize = OptionalInt.empty();
  private @Nullable KdfParameters kdf;
  private OptionalLong hotzoneBytes = OptionalLong.empty();
  private OptionalLong volumeBytes = OptionalLong.empty();
  private long shiftBytes;

  private ReencryptOptions() {}

  private ReencryptOptions copy() {
    ReencryptOptions copy = new ReencryptOptions();
    copy.protection = protection;
    copy.protectionHash = protectionHash;
    copy.blockBytes = blockBytes;
    copy.keepKey = keepKey;
    copy.newKey = newKey;
    copy.cipher = cipher;
    copy.keySizeBits = keySizeBits;
    copy.sectorSize = sectorSize;
    copy.kdf = kdf;
    copy.hotzoneBytes = hotzoneBytes;
    copy.volumeBytes = volumeBytes;
    copy.shiftBytes = shiftBytes;
    return copy;
  }

  /** How a part that is being rewritten survives a crash. */
  public enum Protection {
    /** Checksums of its old blocks: the default. */
    CHECKSUM,
    /** A copy of its old bytes. */
    JOURNAL,
    /** Not at all: a crash in the middle loses data. */
    NONE
  }

  /**
   * A new volume key, checksums by SHA-256 over blocks of 512 bytes or a sector, which every device
   * writes whole or not at all, all else as it was.
   */
  public static ReencryptOptions defaults() {
    return new ReencryptOptions();
  }

  public ReencryptOptions withProtection(Protection other) {
    ReencryptOptions copy = copy();
    copy.protection = other;
    return copy;
  }

  /** The hash of checksums. */
  public ReencryptOptions withProtectionHash(HashAlgorithm other) {
    ReencryptOptions copy = copy();
    copy.protectionHash = other;
    return copy;
  }

  /**
   * The least that the data device writes at once or not at all: what one checksum is over, unless
   * sectors are larger. A power of two from 512 to 1 MiB.
   */
  public ReencryptOptions withBlockBytes(int other) {
    ReencryptOptions copy = copy();
    copy.blockBytes = other;
    return copy;
  }

  /** The volume key stays. */
  public ReencryptOptions keepingKey() {
    ReencryptOptions copy = copy();
    copy.keepKey = true;
    return copy;
  }

  /** The new volume key, instead of a random one. The caller keeps it and closes it. */
  public ReencryptOptions withNewKey(VolumeKey key) {
    ReencryptOptions copy = copy();
    copy.newKey = key;
    return copy;
  }

  public ReencryptOptions withCipher(String other) {
    ReencryptOptions copy = copy();
    copy.cipher = other;
    return copy;
  }

  /** The length of a new volume key. */
  public ReencryptOptions withKeySizeBits(int other) {
    ReencryptOptions copy = copy();
    copy.keySizeBits = OptionalInt.of(other);
    return copy;
  }

  public ReencryptOptions withSectorSize(int other) {
    ReencryptOptions copy = copy();
    copy.sectorSize = OptionalInt.of(other);
    return copy;
  }

  /** How the passphrases of a new volume key are stretched, instead of how they are now. */
  public ReencryptOptions withKdf(KdfParameters other) {
    ReencryptOptions copy = copy();
    copy.kdf = other;
    return copy;
  }

  /** Bounds the part that a decryption moves first. */
  public ReencryptOptions withHotzoneBytes(long other) {
    ReencryptOptions copy = copy();
    copy.hotzoneBytes = OptionalLong.of(other);
    return copy;
  }

  /** How much of the device will be rewritten: nothing is begun that this does not fit. */
  public ReencryptOptions withVolumeBytes(long other) {
    ReencryptOptions copy = copy();
    copy.volumeBytes = OptionalLong.of(other);
    return copy;
  }

  /**
   * Moves the data up by so many bytes, of which as many at the end of the device are free: a
   * multiple of 4096, or 0 to leave it where it is. The move is its protection.
   */
  public ReencryptOptions withShiftBytes(long other) {
    if (other < 0 || other % SHIFT_UNIT_BYTES != 0) {
      throw new OptionException(
          "data moves by %d bytes: must be a multiple of %d".formatted(other, SHIFT_UNIT_BYTES));
    }
    ReencryptOptions copy = copy();
    copy.shiftBytes = other;
    return copy;
  }

  /** By how much the data moves up. */
  long shiftBytes() {
    return shiftBytes;
  }

  boolean keepKey() {
    return keepKey;
  }

  /** Empty for a random one. */
  Optional<VolumeKey> newKey() {
    return Optional.ofNullable(newKey);
  }

  /** Empty for the old one. */
  Optional<String> cipher() {
    return Optional.ofNullable(cipher);
  }

  /** Empty for the old key's. */
  OptionalInt keySizeBits() {
    return keySizeBits;
  }

  /** Empty for the old one. */
  OptionalInt sectorSize() {
    return sectorSize;
  }

  /** Empty for how passphrases are stretched now. */
  Optional<KdfParameters> kdf() {
    return Optional.ofNullable(kdf);
  }

  /** Empty for all of the device. */
  OptionalLong volumeBytes() {
    return volumeBytes;
  }

  /** Empty for the default. */
  OptionalLong hotzoneBytes() {
    return hotzoneBytes;
  }

  /** For sectors of up to {@code sectorBytes}. */
  Resilience resilience(int sectorBytes) {
    if (shiftBytes > 0) {
      return Resilience.datashift(shiftBytes);
    }
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
      case NONE -> throw new OptionException("data that moves needs checksums or a journal");
    };
  }
}
