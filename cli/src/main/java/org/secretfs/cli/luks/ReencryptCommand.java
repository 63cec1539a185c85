package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.input.KeyRange;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.DeviceClaim;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.HeaderBackup;
import org.secretfs.luks.HotzoneGate;
import org.secretfs.luks.KeyslotInfo;
import org.secretfs.luks.Luks1Volume;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksProbe;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.ReencryptOptions;
import org.secretfs.luks.ReencryptRun;
import org.secretfs.luks.Reencryption;
import org.secretfs.luks.ReencryptionSetup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Changes how the data of a volume is encrypted, in place. */
@Command(
    name = "reencrypt",
    mixinStandardHelpOptions = true,
    description = {
      "Changes key, cipher or sector size of a LUKS2 volume, encrypts a device in place, or",
      "decrypts one. A run that was cut off, by a power failure too, by this program or by",
      "cryptsetup, is resumed by calling it again, or with --resume-only.",
      "",
      "The volume must not be in use. LUKS1 volumes are converted to LUKS2 first",
      "(secretfs luks convert --type luks2), and back afterwards if need be.",
    },
    footer = {
      "",
      "Examples:",
      "  # a new volume key; keyslots whose passphrase is not given are destroyed at the end",
      "  secretfs luks reencrypt --key-file key disk.img",
      "",
      "  # larger sectors, the same key, slowly",
      "  secretfs luks reencrypt --keep-key --sector-size 4096 --throttle 20MiB disk.img",
      "",
      "  # encrypt a file system in place, made smaller by 32 MiB before",
      "  resize2fs disk.img 480M && secretfs luks reencrypt --encrypt --reduce-device-size 32M disk.img",
      "",
      "  # decrypt in place; the header moves to a file",
      "  secretfs luks reencrypt --decrypt --header disk.header disk.img",
    })
final class ReencryptCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private KdfOptions kdf = new KdfOptions();
  @Mixin private Consent consent = new Consent();
  @Mixin private ReencryptProgress progress = new ReencryptProgress();

  @Option(names = "--encrypt", description = "Encrypt a device that is not LUKS, in place.")
  private boolean encrypt;

  @Option(names = "--decrypt", description = "Decrypt a volume in place; needs --header.")
  private boolean decrypt;

  @Option(names = "--init-only", description = "Begin, write the header, and move no data.")
  private boolean initOnly;

  @Option(names = "--resume-only", description = "Go on with what began before, or refuse.")
  private boolean resumeOnly;

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
      names = {"-S", "--key-slot"},
      paramLabel = "SLOT",
      description = "Keep this keyslot only; the others are destroyed at the end.")
  private @Nullable Integer keyslot;

  @Option(
      names = "--other-key-file",
      paramLabel = "FILE",
      description = "The key of a further keyslot that is to be kept; may be given several times.")
  private List<Path> otherKeyFiles = new ArrayList<>();

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
      names = "--reduce-device-size",
      paramLabel = "SIZE",
      description =
          "With --encrypt and no --header: the last SIZE bytes are free; half becomes the header.")
  private @Nullable String reduceSize;

  @Option(
      names = "--throttle",
      paramLabel = "SIZE",
      description = "At most so many bytes per second.")
  private @Nullable String throttle;

  ReencryptCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  private static OptionalLong size(@Nullable String text) {
    return text == null ? OptionalLong.empty() : OptionalLong.of(Bytes.parse(text));
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    if ((encrypt && decrypt) || (initOnly && resumeOnly)) {
      throw new IllegalArgumentException(
          "--encrypt excludes --decrypt, and --init-only excludes --resume-only");
    }
    // What is mounted or mapped would change under its user.
    try (DeviceClaim _ = DeviceClaim.take(device.data())) {
      if (!device.isDetached() || Files.notExists(device.header())) {
        return beginOrResume();
      }
      try (DeviceClaim _ = DeviceClaim.take(device.header())) {
        return beginOrResume();
      }
    }
  }

  private ObjectNode beginOrResume() throws IOException, SecretfsException {
    Optional<Reencryption.Status> before = status();
    if (before.isPresent() && initOnly) {
      throw new LuksException.ReencryptionRefused("a re-encryption of the volume began before");
    }
    if (before.isEmpty() && resumeOnly && !isCutOff()) {
      throw new LuksException.ReencryptionRefused("the volume is not in re-encryption");
    }
    return key.attempt(
        input,
        "Enter passphrase for %s: ".formatted(device.data()),
        passphrase -> {
          if (before.isEmpty()) {
            begin(passphrase);
          }
          return initOnly ? facts(false) : resume(passphrase);
        });
  }

  private Optional<Reencryption.Status> status() throws IOException, SecretfsException {
    if (Files.notExists(device.header())) {
      return Optional.empty();
    }
    try (FileLuksStorage header = device.read()) {
      return Reencryption.status(header);
    } catch (LuksException.NotLuks | LuksException.FormatUnfinished e) {
      return Optional.empty();
    }
  }

  private boolean isCutOff() throws IOException {
    try (FileLuksStorage data = FileLuksStorage.openReadOnly(device.data())) {
      return ReencryptionSetup.isCutOff(data);
    }
  }

  private void begin(SecretBuffer passphrase) throws IOException, SecretfsException {
    if (encrypt || isCutOff()) {
      beginEncryption(passphrase);
    } else if (decrypt) {
      beginDecryption(passphrase);
    } else {
      try (FileLuksStorage header = device.update();
          FileLuksStorage data = FileLuksStorage.open(device.data())) {
        refuseLuks1(header);
        beginReencryption(header, data, passphrase);
      }
    }
  }

  private void beginReencryption(
      FileLuksStorage header, FileLuksStorage data, SecretBuffer passphrase)
      throws IOException, SecretfsException {
    LuksVolume volume = LuksVolume.read(header);
    long keyslots = volume.keyslots().values().stream().filter(KeyslotInfo::boundToSegment).count();
    if (!keepKey && keyslot == null && keyslots > 1 + otherKeyFiles.size()) {
      throw new IllegalArgumentException(
          "%d keyslots would be destroyed: give their keys with --other-key-file, or the one to"
                  .formatted(keyslots - 1 - otherKeyFiles.size())
              + " keep with --key-slot");
    }
    if (keyslot != null) {
      volume.unlock(passphrase, keyslot).close();
    }
    List<SecretBuffer> passphrases = new ArrayList<>(List.of(passphrase));
    try {
      for (Path file : otherKeyFiles) {
        passphrases.add(new KeyFile(file, KeyRange.WHOLE).read(input));
      }
      ReencryptionSetup.reencrypt(header, data, passphrases, options());
    } finally {
      passphrases.stream().skip(1).forEach(SecretBuffer::close);
    }
  }

  private static void refuseLuks1(FileLuksStorage header) throws IOException, LuksException {
    if (LuksProbe.probe(header).kind() == LuksProbe.Kind.LUKS1
        && LuksVolume.read(header) instanceof Luks1Volume) {
      throw new LuksException.UnsupportedFeature(
          "LUKS1 volumes are not re-encrypted: convert the volume to LUKS2 first"
              + " (secretfs luks convert --type luks2)");
    }
  }

  private ReencryptOptions options() throws SecretfsException {
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

  private void beginEncryption(SecretBuffer passphrase) throws IOException, SecretfsException {
    try (FileLuksStorage data = FileLuksStorage.open(device.data())) {
      LuksProbe.Kind kind = LuksProbe.probe(data).kind();
      if (kind != LuksProbe.Kind.NONE && !ReencryptionSetup.isCutOff(data)) {
        throw new CliException(
            CliError.USAGE_WRONG, "%s is a LUKS device already".formatted(device.data()));
      }
      OptionalLong reduce = size(reduceSize);
      if (device.isDetached()) {
        makeHeaderFile(16L << 20);
        try (FileLuksStorage header = device.update()) {
          ReencryptionSetup.encryptWithDetachedHeader(
              header, data, passphrase, format(0), options());
        }
        return;
      }
      if (reduce.isEmpty() && !ReencryptionSetup.isCutOff(data)) {
        throw new IllegalArgumentException("--encrypt needs --reduce-device-size or --header");
      }
      if (!ReencryptionSetup.isCutOff(data)) {
        consent.require(
            input,
            "The last %d bytes of %s will be overwritten, and its data will be encrypted."
                .formatted(reduce.orElse(0), device.data()));
      }
      ReencryptionSetup.encryptWithHeaderAtTheBeginning(
          data, passphrase, format(reduce.orElse(32L << 20) / 2));
    }
  }

  private FormatOptions format(long dataOffsetBytes) throws SecretfsException {
    FormatOptions.Builder format =
        FormatOptions.builder(kdf.choose(HashAlgorithm.SHA256, "argon2id"))
            .dataOffsetBytes(dataOffsetBytes);
    if (cipher != null) {
      format.cipher(CipherSpec.parse(cipher));
    }
    if (keySizeBits != null) {
      format.keySizeBits(keySizeBits);
    }
    if (sectorSize != null) {
      format.sectorSize(sectorSize);
    }
    return format.build();
  }

  private void makeHeaderFile(long bytes) throws IOException, SecretfsException {
    Path path = device.header();
    new HeaderPlace(device, false).requireFree();
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(Math.max(file.length(), bytes));
    }
  }

  private void beginDecryption(SecretBuffer passphrase) throws IOException, SecretfsException {
    if (!device.isDetached()) {
      throw new IllegalArgumentException("--decrypt needs --header: where the header is or goes");
    }
    try (FileLuksStorage data = FileLuksStorage.open(device.data())) {
      consent.require(input, "The data of %s will be decrypted.".formatted(device.data()));
      if (Files.notExists(device.header())) {
        exportHeader(data, passphrase);
      }
      try (FileLuksStorage header = device.update()) {
        requireSameVolume(header, data);
        long offset = LuksVolume.read(header).segment().offsetBytes();
        if (offset == 0) {
          ReencryptionSetup.decryptWithDetachedHeader(header, data, passphrase, options());
        } else {
          ReencryptionSetup.decryptWithExportedHeader(header, data, passphrase, options());
        }
      }
    }
  }

  /** An older copy of the device's header may know another volume key: its data would be lost. */
  private void requireSameVolume(FileLuksStorage header, FileLuksStorage data)
      throws IOException, SecretfsException {
    if (LuksProbe.probe(data).kind() == LuksProbe.Kind.NONE) {
      return;
    }
    List<String> objections = HeaderBackup.read(header).objections(data);
    if (!objections.isEmpty()) {
      throw new LuksException.BackupRefused(
          "%s is not the header of %s: %s"
              .formatted(device.header(), device.data(), String.join("; ", objections)));
    }
  }

  /** The passphrase is proven before anything is made; a file cut off half-way is not left. */
  private void exportHeader(FileLuksStorage data, SecretBuffer passphrase)
      throws IOException, SecretfsException {
    LuksVolume.read(data).unlock(passphrase).close();
    Path partial = device.header().resolveSibling(device.header().getFileName() + ".partial");
    try (RandomAccessFile file = new RandomAccessFile(partial.toFile(), "rw")) {
      file.setLength(ReencryptionSetup.headerBytes(data));
    }
    try (FileLuksStorage target = FileLuksStorage.open(partial)) {
      ReencryptionSetup.exportHeader(data, target);
    }
    Files.move(partial, device.header(), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  private ObjectNode resume(SecretBuffer passphrase) throws IOException, SecretfsException {
    ReencryptRun fastest = ReencryptRun.fastest();
    ReencryptRun run =
        new ReencryptRun(size(hotzone), size(deviceSize), size(throttle), fastest.workers());
    try (FileLuksStorage header = device.update();
        FileLuksStorage data = FileLuksStorage.open(device.data());
        Reencryption volume = Reencryption.open(header, data, List.of(passphrase))) {
      boolean ended =
          volume.run(
              run,
              HotzoneGate.NONE,
              progress.listener(
                  device.data().toString(),
                  !json() && !consent.isBatch(),
                  output()::print,
                  output()::printNote));
      return facts(ended);
    }
  }

  private ObjectNode facts(boolean ended) {
    return Output.object()
        .put("device", device.data().toString())
        .put("header", device.header().toString())
        .put("finished", ended);
  }

  @Override
  void text(ObjectNode facts) {
    output()
        .note(
            facts.get("finished").asBoolean()
                ? "%s: done."
                : "%s: in re-encryption; go on with: secretfs luks reencrypt --resume-only",
            facts.get("device").asText());
  }
}
