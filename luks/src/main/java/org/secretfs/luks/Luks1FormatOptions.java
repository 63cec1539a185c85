package org.secretfs.luks;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.failure.OptionException;

/**
 * What {@link Luks1Volume#format} makes: data that reaches to the end of the device, in sectors of
 * 512 bytes, and keyslot 0. Made by {@link #builder}.
 */
public final class Luks1FormatOptions {
  private static final int DATA_ALIGNMENT_BYTES = 1 << 20;

  private final Builder from;

  private Luks1FormatOptions(Builder from) {
    this.from = from.copy();
  }

  /**
   * Returns a builder: aes-xts-plain64, 512-bit key, 1000 iterations for the digest.
   *
   * @param hash of key derivation, anti-forensic splitter and digest
   * @param iterations of keyslot 0's key derivation: 1000 to 100,000,000
   */
  public static Builder builder(HashAlgorithm hash, int iterations) {
    return new Builder(hash, iterations);
  }

  public CipherSpec cipher() {
    return from.cipher;
  }

  public HashAlgorithm hash() {
    return from.hash;
  }

  /** The key derivation of keyslot 0. */
  public KdfParameters kdf() {
    return new KdfParameters.Pbkdf2(from.hash.luksName(), from.iterations);
  }

  public int digestIterations() {
    return from.digestIterations;
  }

  public int keySizeBytes() {
    return from.keySizeBits != 0 ? from.keySizeBits / Byte.SIZE : from.cipher.longestKeyBytes();
  }

  /** Empty to have a random one made. */
  public Optional<UUID> uuid() {
    return Optional.ofNullable(from.uuid);
  }

  /** Empty to have a random one made. The caller keeps it and closes it. */
  public Optional<VolumeKey> volumeKey() {
    return Optional.ofNullable(from.volumeKey);
  }

  /** Where the data begins; 0 where the header lives on a device of its own. */
  public long dataOffsetBytes() {
    return from.dataOffsetBytes.orElseGet(() ->
        Math.ceilDiv(Luks1Layout.of(keySizeBytes(), 0).endBytes(), DATA_ALIGNMENT_BYTES)
            * DATA_ALIGNMENT_BYTES);
  }

  /** Whether the storage gets the header only. */
  public boolean isDetached() {
    return from.detached || dataOffsetBytes() == 0;
  }

  /** Collects options; each method returns the same builder. */
  public static final class Builder {
    private static final long MOST_DATA_OFFSET_BYTES = 0xFFFF_FFFFL * Luks1Header.SECTOR_BYTES;

    private final HashAlgorithm hash;
    private final int iterations;
    private CipherSpec cipher = CipherSpec.AES_XTS_PLAIN64;
    private int keySizeBits;
    private int digestIterations = KdfBounds.MIN_PBKDF2_ITERATIONS;
    private OptionalLong dataOffsetBytes = OptionalLong.empty();
    private boolean detached;
    private @Nullable UUID uuid;
    private @Nullable VolumeKey volumeKey;

    private Builder(HashAlgorithm hash, int iterations) {
      KdfBounds.check(KdfBounds.pbkdf2(iterations));
      this.hash = hash;
      this.iterations = iterations;
    }

    private Builder copy() {
      Builder copy = new Builder(hash, iterations);
      copy.cipher = cipher;
      copy.keySizeBits = keySizeBits;
      copy.digestIterations = digestIterations;
      copy.dataOffsetBytes = dataOffsetBytes;
      copy.detached = detached;
      copy.uuid = uuid;
      copy.volumeKey = volumeKey;
      return copy;
    }

    public Builder cipher(CipherSpec cipher) {
      this.cipher = cipher;
      return this;
    }

    /** One that the cipher takes; the longest if this is never called. */
    public Builder keySizeBits(int keySizeBits) {
      this.keySizeBits = keySizeBits;
      return this;
    }

    /** 1000 to 100,000,000. A random key needs no more than the least. */
    public Builder digestIterations(int digestIterations) {
      KdfBounds.check(KdfBounds.pbkdf2(digestIterations));
      this.digestIterations = digestIterations;
      return this;
    }

    /**
     * A multiple of 512 behind the eight keyslot areas, below 2 TiB; 0 if detached. The first whole
     * MiB behind them if this is never called.
     */
    public Builder dataOffsetBytes(long dataOffsetBytes) {
      check(
          dataOffsetBytes >= 0
              && dataOffsetBytes <= MOST_DATA_OFFSET_BYTES
              && dataOffsetBytes % Luks1Header.SECTOR_BYTES == 0,
          "data offset %d: must be a multiple of 512 below 2 TiB".formatted(dataOffsetBytes));
      this.dataOffsetBytes = OptionalLong.of(dataOffsetBytes);
      return this;
    }

    /**
     * The storage gets the header only: the data is on a device of its own, at its offset there.
     */
    public Builder detached() {
      this.detached = true;
      return this;
    }

    public Builder uuid(UUID uuid) {
      this.uuid = uuid;
      return this;
    }

    /** The key to use instead of a random one, of the key size. */
    public Builder volumeKey(VolumeKey volumeKey) {
      this.volumeKey = volumeKey;
      return this;
    }

    public Luks1FormatOptions build() {
      Luks1FormatOptions options = new Luks1FormatOptions(this);
      check(
          keySizeBits % Byte.SIZE == 0 && cipher.takesKeyOf(options.keySizeBytes()),
          "key size of %d bits: %s takes %s bytes"
              .formatted(keySizeBits, cipher, cipher.keySizesBytes()));
      VolumeKey key = volumeKey;
      check(
          key == null || key.length() == options.keySizeBytes(),
          "the volume key given is not of %d bytes".formatted(options.keySizeBytes()));
      return options;
    }

    private static void check(boolean holds, String rule) {
      if (!holds) {
        throw new OptionException(rule);
      }
    }
  }
}
