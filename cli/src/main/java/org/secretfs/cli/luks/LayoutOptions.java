package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.DeviceFacts;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.Luks1FormatOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a new volume looks like: cipher, sectors, sizes and names. */
final class LayoutOptions {
  private static final int UNIT_BYTES = 512;
  private static final long DEFAULT_OFFSET_BYTES = 16L << 20;
  private static final long DEFAULT_ALIGNMENT_BYTES = 1L << 20;
  private static final long MOST_KEYSLOTS_BYTES = 128L << 20;

  @Option(
      names = {"-M", "--type"},
      paramLabel = "TYPE",
      defaultValue = "luks2",
      description = "luks2 or luks1 (default: ${DEFAULT-VALUE}).")
  private String type = "luks2";

  @Option(
      names = {"-c", "--cipher"},
      paramLabel = "CIPHER",
      defaultValue = "aes-xts-plain64",
      description =
          "aes, twofish, serpent or camellia with -xts-plain64 (default: ${DEFAULT-VALUE});"
              + " -cbc-essiv:sha256 and -cbc-plain64 are for old volumes.")
  private String cipher = "aes-xts-plain64";

  @Option(
      names = {"-s", "--key-size"},
      paramLabel = "BITS",
      description = "The size of the volume key (default: 512 for XTS, whose key is two).")
  private @Nullable Integer keySizeBits;

  @Option(
      names = "--hash",
      paramLabel = "HASH",
      defaultValue = "sha256",
      description =
          "The hash of PBKDF2, of the anti-forensic splitter and of the digest"
              + " (default: ${DEFAULT-VALUE}).")
  private String hash = "sha256";

  @Option(
      names = "--sector-size",
      paramLabel = "BYTES",
      description =
          "512, 1024, 2048 or 4096 (default: the largest that the device writes at once).")
  private @Nullable Integer sectorSize;

  @Option(
      names = "--force-sector-size",
      description = "Allow a sector larger than the device writes at once: it may tear.")
  private boolean forceSectorSize;

  @Option(names = "--label", paramLabel = "TEXT", description = "The volume's label.")
  private String label = "";

  @Option(names = "--subsystem", paramLabel = "TEXT", description = "The volume's subsystem.")
  private String subsystem = "";

  @Option(names = "--uuid", paramLabel = "UUID", description = "Its UUID (default: random).")
  private @Nullable UUID uuid;

  @Mixin private HeaderSizes headerSizes = new HeaderSizes();

  @Option(
      names = {"-S", "--key-slot"},
      paramLabel = "N",
      defaultValue = "0",
      description = "The number of the keyslot (default: ${DEFAULT-VALUE}).")
  private int keyslot;

  @Mixin private KeyslotCipher keyslotCipher = new KeyslotCipher();

  @Option(
      names = {"-I", "--integrity"},
      paramLabel = "ALGORITHM",
      description = "Refused: authenticated encryption needs dm-integrity below the volume.")
  private @Nullable String integrity;

  @Option(
      names = {"--use-random", "--use-urandom"},
      hidden = true,
      description = "Accepted: keys always come from the kernel's generator.")
  @SuppressWarnings("UnusedVariable")
  private boolean random;

  /** Whether LUKS1 is wanted. */
  boolean isLuks1() throws CliException {
    return switch (type) {
      case "luks1" -> true;
      case "luks2", "luks" -> false;
      default -> throw usage("--type %s: must be luks2 or luks1", type);
    };
  }

  private HashAlgorithm algorithm() throws CliException {
    return HashAlgorithm.ofLuksName(hash)
        .orElseThrow(() -> usage("--hash %s: no such hash is known", hash));
  }

  /** What LUKS1 has of it; the rest is refused. */
  Luks1FormatOptions.Builder luks1Options(LuksDevice device, KdfOptions kdf)
      throws CliException, CryptoException {
    if (integrity != null
        || !label.isEmpty()
        || !subsystem.isEmpty()
        || headerSizes.hasLuks2Sizes()
        || keyslot != 0
        || keyslotCipher.isGiven()
        || (sectorSize != null && sectorSize != UNIT_BYTES)) {
      throw usage(
          "LUKS1 has no label, subsystem, sizes, integrity, keyslot cipher or sectors other than %d"
              + " bytes, and its first keyslot is 0",
          UNIT_BYTES);
    }
    if (!(kdf.choose(algorithm(), "pbkdf2") instanceof KdfParameters.Pbkdf2 parameters)) {
      throw usage("--pbkdf: LUKS1 has pbkdf2 only%s", "");
    }
    Luks1FormatOptions.Builder options =
        Luks1FormatOptions.builder(algorithm(), parameters.iterations())
            .cipher(CipherName.parse("--cipher", cipher));
    Optional.ofNullable(uuid).ifPresent(options::uuid);
    Optional.ofNullable(keySizeBits).ifPresent(options::keySizeBits);
    if (device.isDetached()) {
      options.detached().dataOffsetBytes(0);
    }
    OptionalLong alignment = headerSizes.alignmentBytes();
    if (headerSizes.offsetBytes().isPresent()) {
      options.dataOffsetBytes(headerSizes.offsetBytes().getAsLong());
    } else if (alignment.isPresent() && !device.isDetached()) {
      long unit = alignment.getAsLong();
      options.dataOffsetBytes(Math.ceilDiv(options.build().dataOffsetBytes(), unit) * unit);
    }
    return options;
  }

  FormatOptions.Builder options(LuksDevice device, KdfOptions kdf)
      throws IOException, CliException, CryptoException {
    if (integrity != null) {
      throw usage(
          "--integrity %s: volumes with integrity protection are neither made nor opened here;"
              + " cryptsetup does it with the kernel's dm-integrity",
          integrity);
    }
    HashAlgorithm algorithm = algorithm();
    FormatOptions.Builder options =
        FormatOptions.builder(kdf.choose(algorithm, "argon2id"))
            .cipher(CipherName.parse("--cipher", cipher))
            .hash(algorithm)
            .label(label)
            .subsystem(subsystem)
            .keyslot(keyslot);
    keyslotCipher.choose(cipher).ifPresent(options::keyslotEncryption);
    Optional.ofNullable(uuid).ifPresent(options::uuid);
    Optional.ofNullable(keySizeBits).ifPresent(options::keySizeBits);
    sizes(options, device);
    return options;
  }

  private void sizes(FormatOptions.Builder options, LuksDevice device)
      throws IOException, CliException {
    headerSizes.apply(options);
    long offset = offsetBytes(device);
    if (device.isDetached()) {
      options.detached();
    }
    options.dataOffsetBytes(offset).sectorSize(chooseSectorSize(device.data(), offset));
  }

  private long offsetBytes(LuksDevice device) {
    OptionalLong given = headerSizes.offsetBytes();
    if (given.isPresent() || device.isDetached()) {
      return given.orElse(0);
    }
    long alignment = headerSizes.alignmentBytes().orElse(DEFAULT_ALIGNMENT_BYTES);
    long copies = 2 * headerSizes.metadataBytes();
    OptionalLong keyslots = headerSizes.keyslotsBytes();
    long least =
        keyslots.isPresent()
            ? copies + keyslots.getAsLong()
            : Math.max(DEFAULT_OFFSET_BYTES, copies + (1 << 20));
    return Math.ceilDiv(least, alignment) * alignment;
  }

  private int chooseSectorSize(Path data, long offset) throws IOException, CliException {
    long bytes = sizeOf(data) - offset;
    if (sectorSize == null) {
      int safe = DeviceFacts.safeSectorSize(data);
      return bytes % safe == 0 ? safe : UNIT_BYTES;
    }
    if (sectorSize < UNIT_BYTES) {
      // The builder says what it must be.
      return sectorSize;
    }
    SafeSectors.require(sectorSize, data, forceSectorSize);
    if (bytes % sectorSize != 0) {
      throw usage(
          "--sector-size %d: the %d bytes for data on %s are no multiple of it",
          sectorSize, bytes, data);
    }
    return sectorSize;
  }

  private static long sizeOf(Path data) throws IOException {
    try (FileBlockDevice device = FileBlockDevice.openReadOnly(data)) {
      return device.sizeBytes();
    }
  }

  /** How long a file must be for a detached header. */
  long detachedHeaderBytes(FormatOptions options) {
    return options.keyslotsSizeBytes().isPresent()
        ? 2L * options.metadataSizeBytes() + options.keyslotsSizeBytes().getAsLong()
        : options.dataOffsetBytes() == 0
            ? DEFAULT_OFFSET_BYTES
            : Math.min(
                options.dataOffsetBytes(), 2L * options.metadataSizeBytes() + MOST_KEYSLOTS_BYTES);
  }

  @com.google.errorprone.annotations.FormatMethod
  private static CliException usage(String message, Object... values) {
    return new CliException(CliError.USAGE_WRONG, message.formatted(values));
  }
}
