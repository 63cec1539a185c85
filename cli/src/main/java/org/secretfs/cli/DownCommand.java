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

/** Takes volumes down. */
@Command(
    name = "down",
    mixinStandardHelpOptions = true,
    description = {
      "Takes volumes down: unmounts, detaches, and drops the key from memory.",
      "Also cleans up what is left when the serving process crashed. May be repeated.",
    })
final class DownCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private ConfigOption config = new ConfigOption();

  @Parameters(paramLabel = "VOLUME", description = "Names of volumes; all where none is given.")
  private List<String> volumes = new ArrayList<>();

  DownCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws SecretfsException {
    SecretfsConfig read = config.read();
    Agent agent = Wiring.agent(read.files(), read.audit(), Clock.systemUTC(), StepListener.NONE);
    return new VolumeRun(output, config.json()).each(agent, read.select(volumes), agent::down);
  }
}
