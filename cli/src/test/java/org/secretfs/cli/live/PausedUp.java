package org.secretfs.cli.live;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.secretfs.agent.Agent;
import org.secretfs.agent.Step;
import org.secretfs.agent.StepListener;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.output.FailureReport;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.process.Wiring;
import org.secretfs.failure.SecretfsException;

/**
 * An {@code up} during which the real disk turns up while the secret is made. Arguments:
 * configuration, where the disk is, where it turns up.
 */
final class PausedUp {
  private PausedUp() {}

  public static void main(String[] args) throws Exception {
    SecretfsConfig config = SecretfsConfig.read(Path.of(args[0]), Clock.systemUTC());
    StepListener mover =
        new StepListener() {
          @Override
          public void begins(String volume, Step step) {}

          @Override
          public void ended(String volume, Step step) {
            if (step == Step.CREATE_SECRET) {
              move(Path.of(args[1]), Path.of(args[2]));
            }
          }
        };
    Agent agent = Wiring.agent(config.files(), config.audit(), Clock.systemUTC(), mover);
    try {
      agent.up(config.volumes().values().iterator().next(), false);
    } catch (SecretfsException e) {
      System.exit(new FailureReport(Output.standard()).report(e, false));
    }
  }

  private static void move(Path from, Path to) {
    try {
      Files.move(from, to);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
