package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.DeviceFacts;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.failure.OptionException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.ReencryptOptions;
import org.secretfs.luks.ReencryptRun;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a re-encryption makes of the data, how it is protected meanwhile, and how fast it runs. */
final class ReencryptTarget {
  private static final long UNIT_BYTES = 512;
  private static final long LEAST_HOTZONE_BYTES = 4096;
  private static final long HEADER_FILE_BYTES = 16L << 20;

  @Option(
      names = {"-c", "--cipher"},
      paramLabel = "CIPHER",
      description = "The new cipher (default: as it is; aes-xts-plain64 with --encrypt).")
  private @Nullable String cipher;

  @Option(
      names = {"-s", "--key-size"},
      paramLabel = "BITS",
      description = "The new volume key's length (default: as it is).")
  private @Nullable Integer keySizeBits;

  @Option(
      names = "--sector-size",
      paramLabel = "BYTES",
      description = "The new sector size: 512, 1024, 2048 or 4096 (default: as it is).")
  private @Nullable Integer sectorSize;

  @Option(
      names = "--force-sector-size",
      description = "Allow a sector larger than the device writes at once: it may tear.")
  private boolean forceSectorSize;

  @Option(names = "--label", paramLabel = "TEXT", description = "With --encrypt: the label.")
  private String label = "";

  @Option(
      names = "--subsystem",
      paramLabel = "TEXT",
      description = "With --encrypt: the subsystem.")
  private String subsystem = "";

  @Option(
      names = "--uuid",
      paramLabel = "UUID",
      description = "With --encrypt: the UUID (default: random).")
  private @Nullable UUID uuid;

  @Option(
      names = "--hash",
      paramLabel = "HASH",
      defaultValue = "sha256",
      description =
          "With --encrypt: the hash of PBKDF2, of the anti-forensic splitter and of the digest"
              + " (default: ${DEFAULT-VALUE}).")
  private String hash = "sha256";

  @Mixin private HeaderSizes headerSizes = new HeaderSizes();

  @Option(
      names = {"--use-random", "--use-urandom", "--force-offline-reencrypt"},
      hidden = true,
      description = "Accepted: keys come from the kernel, and runs without --active-name are so.")
  @SuppressWarnings("UnusedVariable")
  private boolean[] accepted = {};

  @Option(names = "--keep-key", description = "Keep the volume key.")
  private boolean keepKey;

  @Option(
      names = "--resilience",
      paramLabel = "KIND",
      description =
          "What a crash in the middle costs nothing by: checksum or journal; or none, which loses"
              + " data (default: checksum). datashift-checksum and datashift-journal are the same"
              + " with --decrypt; data that moves by --reduce-device-size has datashift only.")
  private @Nullable String resilience;

  @Option(
      names = "--resilience-hash",
      paramLabel = "HASH",
      defaultValue = "sha256",
      description = "Of the checksums (default: ${DEFAULT-VALUE}).")
  private String resilienceHash = "sha256";

  @Option(
      names = "--hotzone-size",
      paramLabel = "SIZE",
      description = "Rewrite at most so much at once (default: what area and memory allow).")
  private @Nullable String hotzone;

  @Option(
      names = "--device-size",
      paramLabel = "SIZE",
      description = "Rewrite only so much of the device, from the data's beginning.")
  private @Nullable String deviceSize;

  @Option(
      names = "--throttle",
      paramLabel = "SIZE",
      description = "At most so many bytes per second.")
  private @Nullable String throttle;

  private static OptionalLong size(@Nullable String text) {
    return text == null ? OptionalLong.empty() : OptionalLong.of(Bytes.parse(text));
  }

  /**
   * Refuses a protection that would not be that of the data.
   *
   * @param moves whether all data moves, which is its protection
   */
  void requireProtectionOf(boolean moves) {
    if (moves && resilience != null && !resilience.equals("datashift")) {
      throw new OptionException(
          "--resilience %s: data that moves by --reduce-device-size has datashift only"
              .formatted(resilience));
    }
    if (!moves) {
      ReencryptOptions.Protection _ = protection();
    }
  }

  /** What a new header is like is said only where one is made. */
  void requireNoHeaderSizes() {
    if (headerSizes.isGiven()) {
      throw new OptionException(
          "--luks2-metadata-size, --luks2-keyslots-size, --offset and --align-payload need"
              + " --encrypt: a volume keeps its header");
    }
  }

  /**
   * Where the data begins once it is encrypted.
   *
   * @param most where it begins unless told otherwise, and not behind that; empty where the header
   *     is apart
   */
  long offsetBytes(OptionalLong most) {
    long offset = headerSizes.offsetBytes().orElse(most.orElse(0));
    if (most.isPresent() && (offset == 0 || offset > most.getAsLong())) {
      throw new OptionException(
          "--offset of %d bytes: must be at most half of --reduce-device-size, %d, and not 0"
              .formatted(offset, most.getAsLong()));
    }
    headerSizes.requireAligned(offset);
    return offset;
  }

  /** How long a file must be for the header alone. */
  long headerFileBytes() {
    return Math.max(
        HEADER_FILE_BYTES, 2 * headerSizes.metadataBytes() + headerSizes.keyslotsBytes().orElse(0));
  }

  /** Whether a part of the device is rewritten only. */
  boolean leavesARest() {
    return deviceSize != null;
  }

  /** A larger sector could be half written when the power fails. */
  void requireSafeSectors(Path data) throws IOException {
    if (sectorSize != null) {
      SafeSectors.require(sectorSize, data, forceSectorSize);
    }
  }

  private static void requireAtLeast(String option, @Nullable String text, long least) {
    if (text != null && Bytes.parse(text) < least) {
      throw new OptionException("%s %s: must be %d bytes or more".formatted(option, text, least));
    }
  }

  /** Which of them a cipher takes is known with the volume. */
  private void requireWholeBytes() {
    if (keySizeBits != null && (keySizeBits < Byte.SIZE || keySizeBits % Byte.SIZE != 0)) {
      throw new OptionException("--key-size %d: must be a multiple of 8".formatted(keySizeBits));
    }
  }

  boolean keepsKey() {
    return keepKey;
  }

  /**
   * What changes, and what protects it.
   *
   * @param data the device whose sectors move: what it writes at once is what a checksum is over
   */
  ReencryptOptions options(KdfOptions kdf, Path data) throws SecretfsException, IOException {
    ReencryptOptions options =
        ReencryptOptions.defaults()
            .withBlockBytes(DeviceFacts.safeSectorSize(data))
            .withProtection(protection())
            .withProtectionHash(algorithm("--resilience-hash", resilienceHash));
    if (keepKey) {
      options = options.keepingKey();
    }
    if (cipher != null) {
      options = options.withCipher(CipherName.parse("--cipher", cipher).dmCryptName());
    }
    if (keySizeBits != null) {
      options = options.withKeySizeBits(keySizeBits);
    }
    if (sectorSize != null) {
      options = options.withSectorSize(sectorSize);
    }
    if (kdf.isGiven()) {
      options = options.withKdf(kdf.choose(HashAlgorithm.SHA256, "argon2id"));
    }
    if (deviceSize != null) {
      options = options.withVolumeBytes(size(deviceSize).getAsLong());
    }
    OptionalLong most = size(hotzone);
    return most.isPresent() ? options.withHotzoneBytes(most.getAsLong()) : options;
  }

  private static HashAlgorithm algorithm(String option, String name) {
    return HashAlgorithm.ofLuksName(name)
        .orElseThrow(
            () -> new OptionException("%s %s: no such hash is known".formatted(option, name)));
  }

  private ReencryptOptions.Protection protection() {
    return switch (resilience) {
      case null -> ReencryptOptions.Protection.CHECKSUM;
      case "checksum", "datashift-checksum" -> ReencryptOptions.Protection.CHECKSUM;
      case "journal", "datashift-journal" -> ReencryptOptions.Protection.JOURNAL;
      case "none" -> ReencryptOptions.Protection.NONE;
      default ->
          throw new OptionException(
              "--resilience %s: must be checksum, journal or none".formatted(resilience));
    };
  }

  /**
   * What volume a device becomes that is encrypted in place.
   *
   * @param apart whether the header is on another device or in a file
   * @param key its volume key, which stays the caller's; null for a random one
   */
  FormatOptions format(KdfOptions kdf, long dataOffsetBytes, boolean apart, @Nullable VolumeKey key)
      throws SecretfsException {
    FormatOptions.Builder format =
        FormatOptions.builder(kdf.choose(algorithm("--hash", hash), "argon2id"))
            .hash(algorithm("--hash", hash))
            .label(label)
            .subsystem(subsystem)
            .dataOffsetBytes(dataOffsetBytes);
    Optional.ofNullable(uuid).ifPresent(format::uuid);
    headerSizes.apply(format);
    if (apart) {
      format.detached();
    }
    if (cipher != null) {
      format.cipher(CipherName.parse("--cipher", cipher));
    }
    if (keySizeBits != null) {
      format.keySizeBits(keySizeBits);
    } else if (key != null) {
      format.keySizeBits(key.length() * Byte.SIZE);
    }
    if (key != null) {
      format.volumeKey(key);
    }
    if (sectorSize != null) {
      format.sectorSize(sectorSize);
    }
    return format.build();
  }

  /** How it runs: as fast as the machine can, unless bounded. */
  ReencryptRun pace() {
    requireWholeBytes();
    requireAtLeast("--hotzone-size", hotzone, LEAST_HOTZONE_BYTES);
    requireAtLeast("--device-size", deviceSize, UNIT_BYTES);
    requireAtLeast("--throttle", throttle, 1);
    return new ReencryptRun(
        size(hotzone), size(deviceSize), size(throttle), ReencryptRun.fastest().workers());
  }
}
