package org.secretfs.cli.live;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import org.secretfs.agent.Agent;
import org.secretfs.agent.Step;
import org.secretfs.agent.StepListener;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.process.Wiring;

/**
 * An {@code up} or {@code down} that SIGKILLs itself at one step. Arguments: what, file, when,
 * step.
 */
final class KilledUp {
  private KilledUp() {}

  public static void main(String[] args) throws Exception {
    Path file = Path.of(args[1]);
    SecretfsConfig config = SecretfsConfig.read(file, Clock.systemUTC());
    Killer killer = new Killer(args[2].equals("before"), Step.valueOf(args[3]));
    Agent agent = Wiring.agent(config.files(), config.audit(), Clock.systemUTC(), killer);
    for (var volume : config.volumes().values()) {
      if (args[0].equals("up")) {
        agent.up(volume, false);
      } else {
        agent.down(volume);
      }
    }
  }

  private record Killer(boolean before, Step step) implements StepListener {
    @Override
    public void begins(String volume, Step begun) {
      if (before && begun == step) {
        killThisProcess();
      }
    }

    @Override
    public void ended(String volume, Step ended) {
      if (!before && ended == step) {
        killThisProcess();
      }
    }

    private static void killThisProcess() {
      try {
        new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid())).start();
        new CountDownLatch(1).await();
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
