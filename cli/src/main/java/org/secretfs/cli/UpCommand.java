package org.secretfs.cli;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.secretfs.agent.Agent;
import org.secretfs.agent.HeaderVolume;
import org.secretfs.agent.StepListener;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.TokenTrust;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings volumes up. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = {
      "Brings volumes up: finds the device, obtains the secret, opens, mounts.",
      "",
      "A device that is proven blank is formatted first; one that holds anything else never is,",
      "unless --format-over-existing-data names its volume. May be repeated at any time: what is",
      "done already is left alone, and what a crash cut short is finished.",
    })
final class UpCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private ConfigOption config = new ConfigOption();

  @Parameters(
      paramLabel = "VOLUME",
      description =
          "Names of configured volumes (all where none is given), or the path of a device whose"
              + " header says how its secret is obtained; that needs no configuration.")
  private List<String> volumes = new ArrayList<>();

  @Option(
      names = "--format-over-existing-data",
      paramLabel = "VOLUME",
      description = "Format this volume's device even though it holds something else. For once.")
  private List<String> overExistingData = new ArrayList<>();

  @Option(
      names = "--mount",
      paramLabel = "DIR",
      defaultValue = "/mnt/secretfs",
      description = "Where to mount a device given by its path (default: ${DEFAULT-VALUE}).")
  private Path mount = Path.of("/mnt/secretfs");

  @Option(
      names = "--trust-endpoint",
      paramLabel = "URL",
      description =
          "For a device given by its path: an endpoint that its header may name. Without it only"
              + " AWS's own endpoints and loopback are asked, since anybody who can write the disk"
              + " can write its header.")
  private List<URI> endpoints = new ArrayList<>();

  @Option(
      names = "--trust-bucket",
      paramLabel = "BUCKET",
      description = "For a device given by its path: a bucket that its header may name.")
  private List<String> buckets = new ArrayList<>();

  @Option(
      names = "--manifest",
      paramLabel = "RULE",
      defaultValue = "required",
      description =
          "For a device given by its path: 'required' (default) refuses a header without a"
              + " manifest, 'optional' checks one where it is, 'off' looks at none.")
  private String manifest = "required";

  @Option(
      names = {"-v", "--verbose"},
      description = "Tell each step.")
  private boolean verbose;

  UpCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws SecretfsException {
    if (!overExistingData.isEmpty()) {
      config.read().select(overExistingData);
    }
    Selection selection =
        Selection.of(
            config,
            volumes,
            (device, audit) ->
                HeaderVolume.read(device, mount, trust(), ManifestOption.rule(manifest), audit));
    Agent agent = selection.agent(listener());
    return new VolumeRun(output, config.json())
        .each(
            agent,
            selection.volumes(),
            volume -> agent.up(volume, overExistingData.contains(volume.name())));
  }

  private TokenTrust trust() {
    TokenTrust trust = TokenTrust.LOCAL_ONLY;
    for (URI endpoint : endpoints) {
      trust = trust.withEndpoint(endpoint);
    }
    for (String bucket : buckets) {
      trust = trust.withBucket(bucket);
    }
    return trust;
  }

  private StepListener listener() {
    return verbose ? new StepPrinter(output) : StepListener.NONE;
  }
}
