package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.attach.AttachException;
import org.secretfs.attach.ServedReencryption;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.OptionException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.DeviceClaim;
import org.secretfs.luks.DeviceInUseException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.HotzoneGate;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksProbe;
import org.secretfs.luks.ManifestKeeper;
import org.secretfs.luks.ReencryptListener;
import org.secretfs.luks.ReencryptRun;
import org.secretfs.luks.Reencryption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Changes how the data of a volume is encrypted, in place. */
@Command(
    name = "reencrypt",
    mixinStandardHelpOptions = true,
    description = {
      "Changes key, cipher or sector size of a LUKS2 volume, encrypts a device in place, or",
      "decrypts one. A run that was cut off, by a power failure too, by this program or by",
      "cryptsetup, is resumed by calling it again, or with --resume-only. Ctrl-C (SIGINT, SIGTERM)",
      "stops it behind the part under way, and the command that goes on is printed.",
      "",
      "The volume must not be in use, unless by a process of secretfs luks open or secretfs up:",
      "with --active-name NAME that process re-encrypts it while it serves it. LUKS1 volumes are converted to LUKS2 first",
      "(secretfs luks convert --type luks2), and back afterwards if need be.",
    },
    footer = {
      "",
      "Examples:",
      "  # a new volume key; --other-key-file for each further keyslot that is to stay",
      "  secretfs luks reencrypt --key-file key disk.img",
      "",
      "  # larger sectors, the same key, slowly",
      "  secretfs luks reencrypt --keep-key --sector-size 4096 --throttle 20M disk.img",
      "",
      "  # a new volume key while the volume is open under the name scratch",
      "  secretfs luks reencrypt --key-file key --active-name scratch disk.img",
      "",
      "  # encrypt a file system in place, made smaller by 32 MiB before",
      "  resize2fs disk.img 480M",
      "  secretfs luks reencrypt --encrypt --reduce-device-size 32M disk.img",
      "",
      "  # decrypt in place; the header moves to a file that is made for it",
      "  secretfs luks reencrypt --decrypt --header disk.header disk.img",
    })
final class ReencryptCommand extends LuksAction {
  private final Input input;

  @Mixin private ReencryptStart start = new ReencryptStart();
  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private ReencryptProgress progress = new ReencryptProgress();
  @Mixin private RuntimeOption runtime = new RuntimeOption();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--init-only", description = "Begin, write the header, and move no data.")
  private boolean initOnly;

  @Option(names = "--resume-only", description = "Go on with what began before, or refuse.")
  private boolean resumeOnly;

  @Option(
      names = "--active-name",
      paramLabel = "NAME",
      description = "The volume is open under this name, and stays in use meanwhile.")
  private @Nullable String activeName;

  ReencryptCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    start.requireOneKind();
    if (initOnly && resumeOnly) {
      throw new OptionException("--init-only excludes --resume-only");
    }
    // Whatever is wrong with them is said before anything begins.
    ReencryptRun pace = start.target().pace();
    progress.requireSense();
    return activeName == null ? unused(pace) : whileInUse(activeName, pace);
  }

  /** What is mounted, mapped or served would change under its user. */
  private ObjectNode unused(ReencryptRun pace) throws IOException, SecretfsException {
    LuksDevice device = start.device();
    try (DeviceClaim _ = claim(device.data())) {
      if (!device.isDetached() || Files.notExists(device.header())) {
        return beginOrResume((passphrase, listener) -> resume(passphrase, pace, listener));
      }
      try (DeviceClaim _ = claim(device.header())) {
        return beginOrResume((passphrase, listener) -> resume(passphrase, pace, listener));
      }
    }
  }

  private static DeviceClaim claim(Path path) throws IOException, SecretfsException {
    try {
      return DeviceClaim.take(path);
    } catch (DeviceInUseException e) {
      throw new CliException(
          CliError.DEVICE_IN_USE,
          "%s; a volume that secretfs serves is re-encrypted with --active-name NAME"
              .formatted(e.getMessage()),
          e);
    }
  }

  private ObjectNode whileInUse(String name, ReencryptRun pace)
      throws IOException, SecretfsException {
    if (start.isInPlace() || start.movesData()) {
      throw new OptionException(
          "--active-name excludes --encrypt, --decrypt and --reduce-device-size: these need a volume that is not in use");
    }
    LuksDevice device = start.device();
    ServedReencryption served =
        ServedReencryption.of(runtime.directory(), name, device.data(), device.header());
    requireReady(served);
    return beginOrResume((passphrase, listener) -> facts(served.run(passphrase, pace, listener)));
  }

  private static void requireReady(ServedReencryption served)
      throws IOException, SecretfsException {
    try {
      served.requireReady();
    } catch (AttachException.NotFound e) {
      throw new CliException(CliError.NAME_NOT_OPEN, String.valueOf(e.getMessage()), e);
    }
  }

  /** Goes on with what began; the listener ends it. */
  @FunctionalInterface
  private interface Resumption {
    ObjectNode with(SecretBuffer passphrase, ReencryptListener listener)
        throws IOException, SecretfsException;
  }

  private ObjectNode beginOrResume(Resumption resumption) throws IOException, SecretfsException {
    boolean vouchedFor = isVouchedFor();
    ObjectNode facts = begunOrResumed(resumption);
    if (!vouchedFor || start.isInPlace() || !facts.get("finished").asBoolean()) {
      return facts;
    }
    return ManifestNote.put(
        facts, isVouchedFor() ? ManifestKeeper.Outcome.RENEWED : ManifestKeeper.Outcome.BROKEN);
  }

  private boolean isVouchedFor() throws IOException, SecretfsException {
    if (Files.notExists(start.device().header())) {
      return false;
    }
    try (FileLuksStorage header = start.device().read()) {
      return LuksProbe.probe(header).kind() == LuksProbe.Kind.LUKS2
          && Reencryption.status(header).map(one -> one.mode().equals("reencrypt")).orElse(true)
          && ManifestKeeper.isIn(header);
    }
  }

  private ObjectNode begunOrResumed(Resumption resumption) throws IOException, SecretfsException {
    Optional<Reencryption.Status> before = status();
    if (before.isPresent() && initOnly) {
      throw new LuksException.ReencryptionRefused("a re-encryption of the volume began before");
    }
    boolean cutOff = before.isEmpty() && start.isCutOff();
    if (before.isEmpty() && resumeOnly && !cutOff) {
      throw new LuksException.ReencryptionRefused("the volume is not in re-encryption");
    }
    if (cutOff) {
      start.requireFitsCutOff();
      output()
          .note("An encryption of the device was cut off while it began, and goes on as begun.");
    }
    boolean anew = before.isEmpty() && !cutOff;
    if (anew) {
      start.prepare(input);
    }
    KeyOptions.Attempt<ObjectNode> attempt =
        passphrase -> {
          try (Interruption interruption = new Interruption()) {
            if (before.isEmpty()) {
              start.begin(input, passphrase, cutOff);
            }
            return initOnly
                ? facts(false)
                : interruption.told(resumption.with(passphrase, interruption.watching(listener())));
          }
        };
    String prompt = "Enter passphrase for %s: ".formatted(start.device().data());
    if (anew && start.encrypts()) {
      try (SecretBuffer fresh = key.newPassphrase(input, prompt)) {
        return attempt.with(fresh);
      }
    }
    return key.attempt(input, prompt, attempt);
  }

  private Optional<Reencryption.Status> status() throws IOException, SecretfsException {
    if (Files.notExists(start.device().header())) {
      return Optional.empty();
    }
    try (FileLuksStorage header = start.device().read()) {
      return Reencryption.status(header);
    } catch (LuksException.NotLuks | LuksException.FormatUnfinished e) {
      return Optional.empty();
    }
  }

  private ObjectNode resume(SecretBuffer passphrase, ReencryptRun pace, ReencryptListener listener)
      throws IOException, SecretfsException {
    LuksDevice device = start.device();
    try (FileLuksStorage header = device.update();
        FileLuksStorage data = FileLuksStorage.open(device.data())) {
      return start.withOtherKeys(
          input,
          passphrase,
          passphrases -> {
            try (Reencryption volume = Reencryption.open(header, data, passphrases)) {
              return facts(volume.run(pace, HotzoneGate.NONE, listener));
            }
          });
    }
  }

  private ReencryptListener listener() {
    return progress.listener(
        start.device().data().toString(),
        !json() && !start.isBatch(),
        output().notesOnTerminal(),
        output()::print,
        output()::printNote);
  }

  private ObjectNode facts(boolean ended) {
    return Output.object()
        .put("device", start.device().data().toString())
        .put("header", start.device().header().toString())
        .put("finished", ended)
        .put("resume_command", ended ? null : Interruption.goingOn(spec, start.device().data()));
  }

  @Override
  int statusOf(ObjectNode facts) {
    return Interruption.statusOf(facts);
  }

  @Override
  void text(ObjectNode facts) {
    String device = facts.get("device").asText();
    if (facts.get("finished").asBoolean()) {
      output().note("%s: done.", device);
    } else if (facts.has("signal")) {
      output()
          .note(
              "%s: stopped by %s at %.1f %%; all data is there. To go on:%n  %s",
              device,
              facts.get("signal").asText(),
              facts.get("percent").asDouble(),
              facts.get("resume_command").asText());
    } else {
      output()
          .note(
              "%s: in re-encryption. To go on:%n  %s",
              device, facts.get("resume_command").asText());
    }
    start.noteLeftover(output(), facts);
    ManifestNote.print(output(), facts);
  }
}
