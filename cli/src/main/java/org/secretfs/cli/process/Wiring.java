package org.secretfs.cli.process;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.secretfs.agent.Agent;
import org.secretfs.agent.AgentAudit;
import org.secretfs.agent.Machine;
import org.secretfs.agent.StateFiles;
import org.secretfs.agent.StepListener;
import org.secretfs.attach.Attachments;
import org.secretfs.attach.CommandRunner;
import org.secretfs.attach.FileSystems;
import org.secretfs.attach.Mounts;
import org.secretfs.attach.SystemCommandRunner;

/** Puts the real parts together. */
public final class Wiring {
  /** The sub-command that serves a volume over FUSE. */
  public static final String SERVE_VOLUME = "serve-volume";

  /** The sub-command that serves a remote export over FUSE. */
  public static final String SERVE_EXPORT = "serve-export";

  private Wiring() {}

  /** An agent on this machine. */
  public static Agent agent(
      StateFiles files, AgentAudit audit, Clock clock, StepListener listener) {
    return new Agent(files, machine(files.runtimeDirectory()), audit, clock, listener);
  }

  /** The parts of this machine that volumes need. */
  public static Machine machine(Path runtimeDirectory) {
    CommandRunner runner = new SystemCommandRunner();
    return new Machine(
        Attachments.ofThisMachine(runner, runtimeDirectory, self(SERVE_VOLUME)),
        new Mounts(runner),
        new FileSystems(runner));
  }

  /** The command line that runs secretfs itself with a sub-command. */
  public static List<String> self(String subCommand) {
    List<String> command = new ArrayList<>(Background.self());
    command.add(subCommand);
    return command;
  }
}
