package org.secretfs.luks;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.failure.OptionException;

/**
 * What {@link Luks2Volume#format} makes: one crypt segment that reaches to the end of the device,
 * and one keyslot, encrypted as the segment is unless told otherwise. Made by {@link #builder}.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §4.1 Device Formatting
 */
public final class FormatOptions {
  private static final int LABEL_BYTES = 47;

  private final Builder from;

  private FormatOptions(Builder from) {
    this.from = from.copy();
  }

  /**
   * Returns a builder: aes-xts-plain64, 512-bit key, SHA-256, 512-byte sectors, 16 KiB metadata,
   * data from 16 MiB on.
   */
  public static Builder builder(KdfParameters kdf) {
    return new Builder(kdf);
  }

  public KdfParameters kdf() {
    return from.kdf;
  }

  /** Empty to have a random one made. */
  public Optional<UUID> uuid() {
    return Optional.ofNullable(from.uuid);
  }

  public String label() {
    return from.label;
  }

  public String subsystem() {
    return from.subsystem;
  }

  public CipherSpec cipher() {
    return from.cipher;
  }

  /** The hash of the digest and of the anti-forensic splitter. */
  public HashAlgorithm hash() {
    return from.hash;
  }

  public int keySizeBits() {
    return from.keySizeBits != 0 ? from.keySizeBits : from.cipher.longestKeyBytes() * Byte.SIZE;
  }

  public int sectorSize() {
    return from.sectorSize;
  }

  public int metadataSizeBytes() {
    return from.metadataSizeBytes;
  }

  /** Where the data begins; 0 where the header lives on a device of its own. */
  public long dataOffsetBytes() {
    return from.dataOffsetBytes;
  }

  /** Whether the storage gets the header only. */
  public boolean isDetached() {
    return from.detached || from.dataOffsetBytes == 0;
  }

  /** Bytes for keyslot areas; empty for all that is left before the data, at most 128 MiB. */
  public OptionalLong keyslotsSizeBytes() {
    return from.keyslotsSizeBytes;
  }

  /** The number of the one keyslot. */
  public int keyslot() {
    return from.keyslot;
  }

  /** Empty for a keyslot encrypted as the segment is. */
  public Optional<KeyslotEncryption> keyslotEncryption() {
    return Optional.ofNullable(from.keyslotEncryption);
  }

  public List<Token> tokens() {
    return List.copyOf(from.tokens);
  }

  /** The manifest to be made with the keyslot's passphrase; empty for none. */
  public Optional<ManifestOptions> manifest() {
    return Optional.ofNullable(from.manifest);
  }

  /** Empty to have a random one made. The caller keeps it and closes it. */
  public Optional<VolumeKey> volumeKey() {
    return Optional.ofNullable(from.volumeKey);
  }

  static String checkText(String what, String text) {
    int lengthBytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
    check(
        lengthBytes <= LABEL_BYTES && text.indexOf('\0') < 0,
        "%s of %d bytes: at most %d, without NUL".formatted(what, lengthBytes, LABEL_BYTES));
    return text;
  }

  private static void check(boolean holds, String rule) {
    if (!holds) {
      throw new OptionException(rule);
    }
  }

  /** Collects options; each method returns the same builder. */
  public static final class Builder {
    private final KdfParameters kdf;
    private final List<Token> tokens = new ArrayList<>();
    private @Nullable UUID uuid;
    private @Nullable ManifestOptions manifest;
    private @Nullable VolumeKey volumeKey;
    private @Nullable KeyslotEncryption keyslotEncryption;
    private String label = "";
    private String subsystem = "";
    private CipherSpec cipher = CipherSpec.AES_XTS_PLAIN64;
    private HashAlgorithm hash = HashAlgorithm.SHA256;
    private int keySizeBits;
    private int sectorSize = 512;
    private int metadataSizeBytes = 16 << 10;
    private long dataOffsetBytes = 16L << 20;
    private OptionalLong keyslotsSizeBytes = OptionalLong.empty();
    private boolean detached;
    private int keyslot;

    private Builder(KdfParameters kdf) {
      this.kdf = kdf;
    }

    private Builder copy() {
      Builder copy = new Builder(kdf);
      copy.tokens.addAll(tokens);
      copy.uuid = uuid;
      copy.manifest = manifest;
      copy.volumeKey = volumeKey;
      copy.keyslotEncryption = keyslotEncryption;
      copy.label = label;
      copy.subsystem = subsystem;
      copy.cipher = cipher;
      copy.hash = hash;
      copy.keySizeBits = keySizeBits;
      copy.sectorSize = sectorSize;
      copy.metadataSizeBytes = metadataSizeBytes;
      copy.dataOffsetBytes = dataOffsetBytes;
      copy.keyslotsSizeBytes = keyslotsSizeBytes;
      copy.detached = detached;
      copy.keyslot = keyslot;
      return copy;
    }

    public Builder uuid(UUID uuid) {
      this.uuid = uuid;
      return this;
    }

    /** At most 47 bytes in UTF-8, none of them zero. */
    public Builder label(String label) {
      this.label = checkText("label", label);
      return this;
    }

    /** At most 47 bytes in UTF-8, none of them zero. */
    public Builder subsystem(String subsystem) {
      this.subsystem = checkText("subsystem", subsystem);
      return this;
    }

    public Builder cipher(CipherSpec cipher) {
      this.cipher = cipher;
      return this;
    }

    /** The hash of the digest and of the anti-forensic splitter. */
    public Builder hash(HashAlgorithm hash) {
      this.hash = hash;
      return this;
    }

    /** One that the cipher takes; the longest if this is never called. 512 for AES-256-XTS. */
    public Builder keySizeBits(int keySizeBits) {
      this.keySizeBits = keySizeBits;
      return this;
    }

    /**
     * 512, 1024, 2048 or 4096. A sector larger than the device writes at once can tear on power
     * failure: 4096 suits regular files and devices with 4096-byte physical sectors.
     */
    public Builder sectorSize(int sectorSize) {
      check(
          sectorSize >= 512 && sectorSize <= 4096 && Integer.bitCount(sectorSize) == 1,
          "sector size %d: must be 512, 1024, 2048 or 4096".formatted(sectorSize));
      this.sectorSize = sectorSize;
      return this;
    }

    /** Bytes of one copy of the header: a power of two from 16 KiB to 4 MiB. */
    public Builder metadataSizeBytes(int metadataSizeBytes) {
      check(
          HeaderOffsets.isHeaderSize(metadataSizeBytes),
          "metadata size %d: must be a power of two from 16 KiB to 4 MiB"
              .formatted(metadataSizeBytes));
      this.metadataSizeBytes = metadataSizeBytes;
      return this;
    }

    /** A multiple of 4096 behind both header copies and the first keyslot; 0 if detached. */
    public Builder dataOffsetBytes(long dataOffsetBytes) {
      check(
          dataOffsetBytes >= 0 && dataOffsetBytes % 4096 == 0,
          "data offset %d: must be a multiple of 4096".formatted(dataOffsetBytes));
      this.dataOffsetBytes = dataOffsetBytes;
      return this;
    }

    /**
     * The storage gets the header only: the data is on a device of its own, at its offset there.
     */
    public Builder detached() {
      this.detached = true;
      return this;
    }

    /** A multiple of 4096, at most 128 MiB; must hold a keyslot and end before the data. */
    public Builder keyslotsSizeBytes(long keyslotsSizeBytes) {
      check(
          keyslotsSizeBytes > 0
              && keyslotsSizeBytes % 4096 == 0
              && keyslotsSizeBytes <= MetadataReader.MAX_KEYSLOTS_SIZE_BYTES,
          "keyslots size %d: must be a multiple of 4096 up to 128 MiB"
              .formatted(keyslotsSizeBytes));
      this.keyslotsSizeBytes = OptionalLong.of(keyslotsSizeBytes);
      return this;
    }

    /** The number of the one keyslot, 0 to 31. */
    public Builder keyslot(int number) {
      check(
          number >= 0 && number <= Metadata.MAX_NUMBER,
          "keyslot %d: must be 0 to %d".formatted(number, Metadata.MAX_NUMBER));
      this.keyslot = number;
      return this;
    }

    /** Encrypts the keyslot otherwise than the data. */
    public Builder keyslotEncryption(KeyslotEncryption encryption) {
      this.keyslotEncryption = encryption;
      return this;
    }

    /** Adds a token, numbered from 0 in the order added; it may name that one keyslot only. */
    public Builder token(Token token) {
      tokens.add(token);
      return this;
    }

    /** Adds a manifest behind the other tokens. */
    public Builder manifest(ManifestOptions manifest) {
      this.manifest = manifest;
      return this;
    }

    /** The key to use instead of a random one; its length is {@code keySizeBits / 8}. */
    public Builder volumeKey(VolumeKey volumeKey) {
      this.volumeKey = volumeKey;
      return this;
    }

    public FormatOptions build() {
      FormatOptions options = new FormatOptions(this);
      int bits = options.keySizeBits();
      check(
          bits % Byte.SIZE == 0 && cipher.takesKeyOf(bits / Byte.SIZE),
          "key size of %d bits: %s takes %s bytes".formatted(bits, cipher, cipher.keySizesBytes()));
      VolumeKey key = volumeKey;
      check(
          key == null || key.length() * Byte.SIZE == bits,
          "the volume key given is not of %d bits".formatted(bits));
      return options;
    }
  }
}
