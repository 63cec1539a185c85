package org.secretfs.cli;

import java.util.Set;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.FailureReport;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.output.Place;
import org.secretfs.crypto.memory.ProcessHardening;
import picocli.CommandLine;

/** The process: hardens itself, runs one command, and exits with its status. */
public final class Main {
  /** Commands that never hold a secret; hardening would be half of their time. */
  private static final Set<String> WITHOUT_SECRETS =
      Set.of("--version", "-V", "--help", "-h", "help", "status", "down", "audit", "policy");

  private Main() {}

  /** Runs the command line. */
  public static void main(String[] args) {
    if (args.length == 0 || !WITHOUT_SECRETS.contains(args[0])) {
      ProcessHardening.apply();
    }
    System.exit(run(Output.standard(), args));
  }

  /** Runs the command line in this process and returns the exit status. */
  public static int run(Output output, String... args) {
    return run(output, Input.standard(), args);
  }

  /** A command whose facts or data did not arrive has not done what it was asked. */
  private static int statusOfWritten(Output output) {
    try {
      output.requireWritten();
      return 0;
    } catch (CliException e) {
      return new FailureReport(output).report(e, false);
    }
  }

  /** Runs the command line with another input than the process' own. */
  public static int run(Output output, Input input, String... args) {
    CommandLine line =
        new CommandLine(new SecretfsCommand(output), new CommandFactory(output, input));
    line.setHelpFactory(HelpText::of);
    line.setOut(output.outWriter());
    line.setErr(output.errWriter());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionStrategy(new CommandLine.RunLast());
    line.setParameterExceptionHandler(new UsageReport(output));
    line.setExecutionExceptionHandler((exception, command, parsed) ->
        new FailureReport(output)
            .report(exception, FailureReport.wantsJson(parsed), Place.of(parsed)));
    int status = line.execute(args);
    return status == 0 ? statusOfWritten(output) : status;
  }
}
