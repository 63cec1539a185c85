package org.secretfs.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.secretfs.agent.Agent;
import org.secretfs.agent.HeaderVolume;
import org.secretfs.agent.StepListener;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Tells how volumes fare. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Tells how volumes fare: absent, closed, open, mounted, or failed with the reason.",
      "Asks no key source and changes nothing.",
    })
final class StatusCommand implements Callable<Integer> {
  /** A header says nothing of mount points; the operating system does. */
  private static final Path NO_MOUNT = Path.of("/mnt/secretfs");

  private final Output output;

  @Mixin private ConfigOption config = new ConfigOption();

  @Parameters(
      paramLabel = "VOLUME",
      description = "Names of configured volumes (all where none is given), or paths of devices.")
  private List<String> volumes = new ArrayList<>();

  StatusCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws SecretfsException {
    Selection selection =
        Selection.of(
            config, volumes, (device, audit) -> HeaderVolume.readUnasked(device, NO_MOUNT));
    Agent agent = selection.agent(StepListener.NONE);
    return new VolumeRun(output, config.json()).each(agent, selection.volumes(), volume -> {});
  }
}
