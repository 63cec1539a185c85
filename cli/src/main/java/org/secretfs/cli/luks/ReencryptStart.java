package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.config.DurableFile;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.input.KeyRange;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.OptionException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.HeaderBackup;
import org.secretfs.luks.KeyslotInfo;
import org.secretfs.luks.Luks1Volume;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksProbe;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.ReencryptOptions;
import org.secretfs.luks.ReencryptionSetup;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options by which a re-encryption begins, and its beginning: one update of a header. */
final class ReencryptStart {
  private static final long DEFAULT_REDUCTION_BYTES = 32L << 20;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private ReencryptTarget target = new ReencryptTarget();
  @Mixin private KdfOptions kdf = new KdfOptions();
  @Mixin private VolumeKeyFile newKey = new VolumeKeyFile();
  @Mixin private Consent consent = new Consent();

  @Option(names = "--encrypt", description = "Encrypt a device that is not LUKS, in place.")
  private boolean encrypt;

  @Option(names = "--decrypt", description = "Decrypt a volume in place; needs --header.")
  private boolean decrypt;

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
      names = "--reduce-device-size",
      paramLabel = "SIZE",
      description =
          "The last SIZE bytes of the device are free. With --encrypt and no --header, half of"
              + " them make room for the header; otherwise a volume's data moves up by SIZE, which"
              + " its header may then grow into.")
  private @Nullable String reduceSize;

  LuksDevice device() {
    return device;
  }

  ReencryptTarget target() {
    return target;
  }

  boolean isBatch() {
    return consent.isBatch();
  }

  /** Whether data is encrypted or decrypted, not only encrypted in another way. */
  boolean isInPlace() {
    return encrypt || decrypt;
  }

  /** Whether a volume's data moves to another place. */
  boolean movesData() {
    return reduceSize != null && !isInPlace();
  }

  void requireOneKind() {
    if (encrypt && decrypt) {
      throw new OptionException("--encrypt excludes --decrypt");
    }
    if (newKey.path().isPresent() && (decrypt || target.keepsKey())) {
      throw new OptionException(
          "--volume-key-file names a new key: it excludes --decrypt and --keep-key");
    }
  }

  /** Whether a beginning was cut off that calling it again finishes. */
  boolean isCutOff() throws IOException {
    try (FileLuksStorage data = FileLuksStorage.openReadOnly(device.data())) {
      return ReencryptionSetup.isCutOff(data);
    }
  }

  /** What was cut off has its header on the device, and is neither decrypted nor begun again. */
  void requireFitsCutOff() throws LuksException {
    if (decrypt || device.isDetached()) {
      throw new LuksException.ReencryptionRefused(
          "an encryption of %s was cut off while it began: finish it first, without --decrypt and"
                  .formatted(device.data())
              + " --header");
    }
  }

  /**
   * Begins; afterwards the volume is in re-encryption, and no data was changed.
   *
   * @param cutOff what {@link #isCutOff} said
   */
  void begin(Input input, SecretBuffer passphrase, boolean cutOff)
      throws IOException, SecretfsException {
    if (encrypt || cutOff) {
      beginEncryption(input, passphrase);
    } else if (decrypt) {
      beginDecryption(passphrase);
    } else {
      try (FileLuksStorage header = device.update();
          FileLuksStorage data = FileLuksStorage.open(device.data())) {
        refuseLuks1(header);
        beginReencryption(header, data, input, passphrase);
      }
    }
  }

  /** What must be right before anybody is asked for a passphrase, and whether it is wanted. */
  void prepare(Input input) throws IOException, SecretfsException {
    requireSense();
    target.requireSafeSectors(device.data());
    if (target.leavesARest()) {
      consent.require(
          input,
          "What lies on %s behind the part of --device-size will be lost."
              .formatted(device.data()));
    }
    if (movesData()) {
      consent.require(
          input,
          "The last %s bytes of %s will be overwritten, and its data will move up by as many."
              .formatted(reduceSize, device.data()));
    } else if (encrypt) {
      prepareEncryption(input);
    } else if (decrypt) {
      prepareDecryption(input);
    }
  }

  private void requireSense() {
    if (reduceSize != null && (decrypt || (encrypt && device.isDetached()))) {
      throw new OptionException(
          "--reduce-device-size excludes --decrypt, and --encrypt with --header: no room is made on"
              + " the device");
    }
    if (!encrypt) {
      target.requireNoHeaderSizes();
    }
    if (encrypt && target.keepsKey()) {
      throw new OptionException("--encrypt excludes --keep-key: there is no key yet");
    }
    target.requireProtectionOf(reduceSize != null || (encrypt && !device.isDetached()));
  }

  private void prepareEncryption(Input input) throws IOException, SecretfsException {
    try (FileLuksStorage data = FileLuksStorage.openReadOnly(device.data())) {
      if (LuksProbe.probe(data).kind() != LuksProbe.Kind.NONE) {
        throw new CliException(
            CliError.USAGE_WRONG, "%s is a LUKS device already".formatted(device.data()));
      }
    }
    if (device.isDetached()) {
      long _ = target.offsetBytes(OptionalLong.empty());
      consent.require(
          input,
          "The data of %s will be encrypted; without the header, which goes to %s, it is lost."
              .formatted(device.data(), device.header()));
      return;
    }
    if (reduceSize == null) {
      throw new OptionException("--encrypt needs --reduce-device-size or --header");
    }
    consent.require(
        input,
        "The last %d bytes of %s will be overwritten, and its data will be encrypted."
            .formatted(2 * shiftBytes(), device.data()));
  }

  /** By how much the data moves to make room for a header. */
  private long shiftBytes() {
    return target.offsetBytes(OptionalLong.of(reduction().orElse(DEFAULT_REDUCTION_BYTES) / 2));
  }

  private void prepareDecryption(Input input) throws IOException, SecretfsException {
    if (!device.isDetached()) {
      throw new OptionException("--decrypt needs --header: where the header is or goes");
    }
    consent.require(input, "The data of %s will be decrypted.".formatted(device.data()));
  }

  /** Says what is left of a volume that is none any more. */
  void noteLeftover(Output output, ObjectNode facts) {
    if (decrypt && facts.get("finished").asBoolean()) {
      output.note(
          "%s is plain now. The header in %s opens nothing any more and may be deleted.",
          device.data(), device.header());
    }
  }

  /** Whether plain data is encrypted, under a passphrase that opened nothing before. */
  boolean encrypts() {
    return encrypt;
  }

  private void beginReencryption(
      FileLuksStorage header, FileLuksStorage data, Input input, SecretBuffer passphrase)
      throws IOException, SecretfsException {
    LuksVolume volume = LuksVolume.read(header);
    long keyslots = volume.keyslots().values().stream().filter(KeyslotInfo::boundToSegment).count();
    if (!target.keepsKey() && keyslot == null && keyslots > 1 + otherKeyFiles.size()) {
      throw new OptionException(
          "keyslots of %s would be destroyed (%d): give their keys with --other-key-file, or the one to"
                  .formatted(device.header(), keyslots - 1 - otherKeyFiles.size())
              + " keep with --key-slot");
    }
    if (keyslot != null) {
      volume.unlock(passphrase, keyslot).close();
    }
    withOtherKeys(
        input,
        passphrase,
        passphrases -> {
          try (VolumeKey given = newKey.read(input).orElse(null)) {
            ReencryptOptions options =
                target.options(kdf, device.data()).withShiftBytes(reduction().orElse(0));
            ReencryptionSetup.reencrypt(
                header, data, passphrases, given == null ? options : options.withNewKey(given));
          }
          return passphrases.size();
        });
  }

  /** What is done with all passphrases that were given, the first of them asked for. */
  @FunctionalInterface
  interface WithKeys<R> {
    R run(List<SecretBuffer> passphrases) throws IOException, SecretfsException;
  }

  /** Reads the other key files for a while. */
  <R> R withOtherKeys(Input input, SecretBuffer passphrase, WithKeys<R> action)
      throws IOException, SecretfsException {
    List<SecretBuffer> passphrases = new ArrayList<>(List.of(passphrase));
    try {
      for (Path file : otherKeyFiles) {
        passphrases.add(new KeyFile(file, KeyRange.WHOLE).read(input));
      }
      return action.run(passphrases);
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

  private void beginEncryption(Input input, SecretBuffer passphrase)
      throws IOException, SecretfsException {
    try (VolumeKey given = newKey.read(input).orElse(null);
        FileLuksStorage data = FileLuksStorage.open(device.data())) {
      if (device.isDetached()) {
        HeaderPlace place = new HeaderPlace(device, false);
        place.requireFree();
        long offset = target.offsetBytes(OptionalLong.empty());
        FormatOptions format = target.format(kdf, offset, true, given);
        FormatOptions _ =
            place.make(target.headerFileBytes(), () -> encryptApart(data, passphrase, format));
        return;
      }
      ReencryptionSetup.encryptWithHeaderAtTheBeginning(
          data, passphrase, target.format(kdf, shiftBytes(), false, given));
    }
  }

  private FormatOptions encryptApart(
      FileLuksStorage data, SecretBuffer passphrase, FormatOptions format)
      throws IOException, SecretfsException {
    try (FileLuksStorage header = device.update()) {
      ReencryptionSetup.encryptWithDetachedHeader(
          header, data, passphrase, format, target.options(kdf, device.data()));
    }
    return format;
  }

  private OptionalLong reduction() {
    return reduceSize == null ? OptionalLong.empty() : OptionalLong.of(Bytes.parse(reduceSize));
  }

  private void beginDecryption(SecretBuffer passphrase) throws IOException, SecretfsException {
    ReencryptOptions options = target.options(kdf, device.data());
    try (FileLuksStorage data = FileLuksStorage.open(device.data())) {
      if (Files.notExists(device.header())) {
        exportHeader(data, passphrase);
      }
      try (FileLuksStorage header = device.update()) {
        requireSameVolume(header, data);
        long offset = LuksVolume.read(header).segment().offsetBytes();
        if (offset == 0) {
          ReencryptionSetup.decryptWithDetachedHeader(header, data, passphrase, options);
        } else {
          ReencryptionSetup.decryptWithExportedHeader(header, data, passphrase, options);
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
    Path folder = java.util.Objects.requireNonNull(device.header().getParent());
    // A file that only its owner can read, of a name that nobody else's has.
    Path partial = Files.createTempFile(folder, device.header().getFileName() + ".", ".partial");
    try {
      PrivateFile.make(partial, ReencryptionSetup.headerBytes(data));
      try (FileLuksStorage exported = FileLuksStorage.open(partial)) {
        ReencryptionSetup.exportHeader(data, exported);
      }
      Files.move(partial, device.header(), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
    // The device loses its header next.
    DurableFile.syncName(device.header());
  }
}
