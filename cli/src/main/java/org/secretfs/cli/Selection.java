package org.secretfs.cli;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.secretfs.agent.Agent;
import org.secretfs.agent.AgentAudit;
import org.secretfs.agent.StateFiles;
import org.secretfs.agent.StepListener;
import org.secretfs.agent.VolumeSpec;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.config.Version;
import org.secretfs.cli.process.Wiring;
import org.secretfs.failure.SecretfsException;

/**
 * The volumes that a command line means: configured ones by name, or devices by path, whose headers
 * say what a configuration would.
 *
 * @param files where the agent keeps its notes
 * @param audit the agent's trail
 * @param volumes in the order of the command line
 */
record Selection(StateFiles files, AgentAudit audit, List<VolumeSpec> volumes) {
  /** Configured volumes where no name has a slash, otherwise devices. */
  static Selection of(ConfigOption config, List<String> names, HeaderReader reader)
      throws SecretfsException {
    if (names.stream().noneMatch(name -> name.contains("/"))) {
      SecretfsConfig read = config.read();
      return new Selection(read.files(), read.audit(), read.select(names));
    }
    StateFiles files = SecretfsConfig.DEFAULT_FILES;
    AgentAudit audit =
        new AgentAudit(files.auditDirectory(), Clock.systemUTC(), Version.USER_AGENT);
    List<VolumeSpec> volumes = new ArrayList<>();
    for (String device : names) {
      volumes.add(reader.read(Path.of(device).toAbsolutePath().normalize(), audit));
    }
    return new Selection(files, audit, volumes);
  }

  Agent agent(StepListener listener) {
    return Wiring.agent(files, audit, Clock.systemUTC(), listener);
  }

  /** Makes a volume of what a device's header says. */
  @FunctionalInterface
  interface HeaderReader {
    VolumeSpec read(Path device, AgentAudit audit) throws SecretfsException;
  }
}
