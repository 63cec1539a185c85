package org.secretfs.cli;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.secretfs.agent.Agent;
import org.secretfs.agent.StepListener;
import org.secretfs.cli.config.SecretfsConfig;
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
  private final Output output;

  @Mixin private ConfigOption config = new ConfigOption();

  @Parameters(paramLabel = "VOLUME", description = "Names of volumes; all where none is given.")
  private List<String> volumes = new ArrayList<>();

  StatusCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws SecretfsException {
    SecretfsConfig read = config.read();
    Agent agent = Wiring.agent(read.files(), read.audit(), Clock.systemUTC(), StepListener.NONE);
    return new VolumeRun(output, config.json()).each(agent, read.select(volumes), volume -> {});
  }
}
