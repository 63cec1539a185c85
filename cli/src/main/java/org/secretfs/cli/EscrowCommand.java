package org.secretfs.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.agent.Agent;
import org.secretfs.agent.AgentAudit;
import org.secretfs.agent.HeaderVolume;
import org.secretfs.agent.StateFiles;
import org.secretfs.agent.StepListener;
import org.secretfs.agent.VolumeSpec;
import org.secretfs.cli.config.Version;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.process.Wiring;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.EscrowedKeySource;
import org.secretfs.keys.KeySourceCode;
import org.secretfs.keys.KeySourceException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Opens volumes by the private key that their secrets were sealed to. */
@Command(
    name = "escrow",
    mixinStandardHelpOptions = true,
    description = {
      "Opens throw-away volumes by the private key of their escrow, and proves that it would.",
      "",
      "A throw-away volume with an escrow seals its secret once to an RSA public key, in a file",
      "of its own; the header names the file and the key. Needs neither configuration nor",
      "network. Do it before the next `up`, which makes the volume anew.",
      "",
      "Examples:",
      "  # a yearly drill, on the machine of whoever holds the key",
      "  secretfs escrow drill --private-key escrow.pem --sealed data-3f….sealed disk.img",
      "  # the volume's files, and closed again",
      "  secretfs escrow open --private-key escrow.pem --mount /mnt/rescue /dev/nvme1n1",
      "  secretfs down /dev/nvme1n1",
    })
final class EscrowCommand {
  private final Output output;
  private final Input input;

  EscrowCommand(Output output, Input input) {
    this.output = output;
    this.input = input;
  }

  /** Which volume, and what opens it. */
  static final class Sealed {
    @Option(
        names = "--private-key",
        required = true,
        paramLabel = "FILE",
        description =
            "RSA private key, PEM; a passphrase that protects it is asked for, or is the first line"
                + " of standard input.")
    private Path privateKey = Path.of("unset");

    @Option(
        names = "--sealed",
        paramLabel = "FILE",
        description = "The sealed secret (default: the file that the header names).")
    private @Nullable Path sealed;

    @Option(
        names = "--manifest",
        paramLabel = "RULE",
        defaultValue = "required",
        description = "As for 'up': required (default), optional, off.")
    private String manifest = "required";

    @Option(
        names = "--state-directory",
        paramLabel = "DIR",
        defaultValue = "/var/lib/secretfs",
        description = "Where the audit trail is (default: ${DEFAULT-VALUE}).")
    private Path state = Path.of("/var/lib/secretfs");

    @Option(
        names = "--runtime-directory",
        paramLabel = "DIR",
        defaultValue = "/run/secretfs",
        description = "Where locks and servers' state are (default: ${DEFAULT-VALUE}).")
    private Path runtime = Path.of("/run/secretfs");

    @Option(names = "--json", description = "Print facts as one JSON document.")
    private boolean json;

    @Parameters(paramLabel = "DEVICE", description = "The volume's device or file.")
    private Path device = Path.of("unset");
  }

  @Command(
      name = "open",
      mixinStandardHelpOptions = true,
      description = {
        "Opens the volume and mounts it, as `up` does. Formats nothing.",
        "Close it with `secretfs down DEVICE`.",
      })
  int open(
      @Mixin Sealed sealed,
      @Option(
              names = "--mount",
              paramLabel = "DIR",
              defaultValue = "/mnt/secretfs",
              description = "Where to mount it (default: ${DEFAULT-VALUE}).")
          Path mount)
      throws SecretfsException {
    Agent agent = agent(sealed);
    VolumeSpec volume = volume(sealed, mount.toAbsolutePath());
    return new VolumeRun(output, sealed.json)
        .each(agent, List.of(volume), spec -> agent.up(spec, false));
  }

  @Command(
      name = "drill",
      mixinStandardHelpOptions = true,
      description = {
        "Proves that the private key opens the volume: unseals the secret, checks the header's",
        "manifest, opens the keyslot, and forgets the key. Writes nothing.",
      })
  int drill(@Mixin Sealed sealed) throws SecretfsException {
    VolumeSpec volume = volume(sealed, Path.of("/mnt/secretfs"));
    int keyslot = agent(sealed).drill(volume);
    if (sealed.json) {
      output.json(
          Output.object()
              .put("volume", volume.name())
              .put("device", volume.device().path().toString())
              .put("opens", true)
              .put("keyslot", keyslot));
    } else {
      output.line(
          "%-12s the escrow opens keyslot %d of %s",
          volume.name(), keyslot, volume.device().path());
    }
    return ExitStatus.DONE;
  }

  private static Agent agent(Sealed sealed) {
    StateFiles files = new StateFiles(sealed.state, sealed.runtime);
    AgentAudit audit =
        new AgentAudit(files.auditDirectory(), Clock.systemUTC(), Version.USER_AGENT);
    return Wiring.agent(files, audit, Clock.systemUTC(), StepListener.NONE);
  }

  private VolumeSpec volume(Sealed sealed, Path mount) throws SecretfsException {
    return HeaderVolume.readBringing(
        sealed.device.toAbsolutePath().normalize(),
        mount,
        ManifestOption.rule(sealed.manifest),
        recorded ->
            EscrowedKeySource.of(
                recorded, Optional.ofNullable(sealed.sealed), sealed.privateKey, this::passphrase));
  }

  private SecretBuffer passphrase() throws KeySourceException {
    try {
      return (input.terminal().isPresent()
              ? input.terminal().get().secret("Passphrase of the private key: ", Optional.empty())
              : input.secretLine())
          .orElseThrow(() -> noPassphrase(null));
    } catch (IOException e) {
      throw noPassphrase(e);
    }
  }

  private static KeySourceException noPassphrase(@Nullable IOException e) {
    String message = "the private key is encrypted and its passphrase was not given";
    return e == null
        ? new KeySourceException.Misconfigured(KeySourceCode.MISCONFIGURED, message)
        : new KeySourceException.Misconfigured(KeySourceCode.MISCONFIGURED, message, e);
  }
}
