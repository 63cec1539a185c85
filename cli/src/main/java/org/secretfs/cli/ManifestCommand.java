package org.secretfs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.secretfs.agent.Agent;
import org.secretfs.agent.StepListener;
import org.secretfs.agent.VolumeSpec;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.FailureReport;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.process.Wiring;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.AuthenticHeader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks and renews the manifests that vouch for headers. */
@Command(
    name = "manifest",
    mixinStandardHelpOptions = true,
    description = {
      "Checks and renews the manifests that vouch for volumes' headers.",
      "",
      "A LUKS2 header is not authenticated: whoever can write the disk of a stopped machine can",
      "swap it for one with another cipher or key. `up` therefore refuses a header that differs",
      "from its manifest, which only the volume's secret can make (docs/format/manifest.md).",
    })
final class ManifestCommand {
  private final Output output;

  ManifestCommand(Output output) {
    this.output = output;
  }

  /** Which volumes, and how to print. */
  static final class Volumes {
    @Mixin private ConfigOption config = new ConfigOption();

    @Parameters(arity = "1..*", paramLabel = "VOLUME", description = "Names of configured volumes.")
    private List<String> names = new ArrayList<>();
  }

  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = {
        "Obtains each volume's secret and compares header and manifest. Opens nothing.",
      })
  int check(@Mixin Volumes volumes) throws SecretfsException {
    return each(volumes, Agent::checkManifest);
  }

  @Command(
      name = "renew",
      mixinStandardHelpOptions = true,
      description = {
        "Vouches for each volume's header as it is now.",
        "",
        "Look at it first (secretfs luks dump DEVICE): what somebody may have changed is vouched",
        "for as well. Needed once for volumes made without a manifest, and after a change of the",
        "volume's secret, its keyslot, its cipher or its volume key.",
      })
  int renew(
      @Mixin Volumes volumes,
      @Option(
              names = "--epoch",
              paramLabel = "N",
              defaultValue = "1",
              description =
                  "The manifest's number. Raise it, and 'manifest_epoch' in the configuration, to"
                      + " have older headers refused (default: ${DEFAULT-VALUE}).")
          long epoch)
      throws SecretfsException {
    return each(
        volumes,
        (agent, volume) -> {
          agent.vouch(volume, epoch);
          return agent.checkManifest(volume);
        });
  }

  private int each(Volumes volumes, Act act) throws SecretfsException {
    SecretfsConfig config = volumes.config.read();
    Agent agent =
        Wiring.agent(
            config.files(), config.audit(), java.time.Clock.systemUTC(), StepListener.NONE);
    FailureReport failures = new FailureReport(output);
    ArrayNode documents = Output.JSON.createArrayNode();
    int status = ExitStatus.DONE;
    for (VolumeSpec volume : config.select(volumes.names)) {
      try {
        AuthenticHeader header = act.on(agent, volume);
        documents.add(document(header));
        if (!volumes.config.json()) {
          print(header);
        }
      } catch (SecretfsException e) {
        int failed = failures.report(e, false);
        status = status == ExitStatus.DONE ? failed : status;
      }
    }
    if (volumes.config.json()) {
      output.json(Output.object().set("manifests", documents));
    }
    return status;
  }

  private void print(AuthenticHeader header) {
    output.line(
        "%-12s header as vouched for: keyslot %d, %s, sectors of %d bytes, epoch %d",
        header.volume(),
        header.keyslot(),
        header.segment().cipher(),
        header.segment().sectorSize(),
        header.epoch());
  }

  private static ObjectNode document(AuthenticHeader header) {
    return Output.object()
        .put("volume", header.volume())
        .put("keyslot", header.keyslot())
        .put("cipher", header.segment().cipher())
        .put("sector_size", header.segment().sectorSize())
        .put("offset", header.segment().offsetBytes())
        .put("epoch", header.epoch());
  }

  /** What is done to each volume. */
  @FunctionalInterface
  private interface Act {
    AuthenticHeader on(Agent agent, VolumeSpec volume) throws SecretfsException;
  }
}
