package org.secretfs.cli.luks;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.ReencryptOptions;
import org.secretfs.luks.ReencryptRun;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Option;

/** What a re-encryption makes of the data, how it is protected meanwhile, and how fast it runs. */
final class ReencryptTarget {
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

  @Option(names = "--keep-key", description = "Keep the volume key.")
  private boolean keepKey;

  @Option(
      names = "--resilience",
      paramLabel = "KIND",
      defaultValue = "checksum",
      description =
          "What a crash in the middle costs nothing by: checksum or journal; or none, which loses"
              + " data (default: ${DEFAULT-VALUE}).")
  private String resilience = "checksum";

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

  boolean keepsKey() {
    return keepKey;
  }

  /** What changes, and what protects it. */
  ReencryptOptions options(KdfOptions kdf) throws SecretfsException {
    ReencryptOptions options =
        ReencryptOptions.defaults()
            .withProtection(protection())
            .withProtectionHash(
                HashAlgorithm.ofLuksName(resilienceHash)
                    .orElseThrow(() ->
                        new IllegalArgumentException(
                            "--resilience-hash %s is not known".formatted(resilienceHash))));
    if (keepKey) {
      options = options.keepingKey();
    }
    if (cipher != null) {
      options = options.withCipher(CipherSpec.parse(cipher).dmCryptName());
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
    OptionalLong most = size(hotzone);
    return most.isPresent() ? options.withHotzoneBytes(most.getAsLong()) : options;
  }

  private ReencryptOptions.Protection protection() {
    return switch (resilience) {
      case "checksum", "datashift-checksum" -> ReencryptOptions.Protection.CHECKSUM;
      case "journal", "datashift-journal" -> ReencryptOptions.Protection.JOURNAL;
      case "none" -> ReencryptOptions.Protection.NONE;
      default ->
          throw new IllegalArgumentException(
              "--resilience %s: must be checksum, journal or none".formatted(resilience));
    };
  }

  /**
   * What volume a device becomes that is encrypted in place.
   *
   * @param key its volume key, which stays the caller's; null for a random one
   */
  FormatOptions format(KdfOptions kdf, long dataOffsetBytes, @Nullable VolumeKey key)
      throws SecretfsException {
    FormatOptions.Builder format =
        FormatOptions.builder(kdf.choose(HashAlgorithm.SHA256, "argon2id"))
            .dataOffsetBytes(dataOffsetBytes);
    if (cipher != null) {
      format.cipher(CipherSpec.parse(cipher));
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
    return new ReencryptRun(
        size(hotzone), size(deviceSize), size(throttle), ReencryptRun.fastest().workers());
  }
}
