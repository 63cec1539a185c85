package org.secretfs.cli;

import java.util.List;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.FailureReport;
import org.secretfs.cli.output.Output;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells what is wrong with a command line in a few lines, and where the whole help is. */
final class UsageReport implements IParameterExceptionHandler {
  private final Output output;

  UsageReport(Output output) {
    this.output = output;
  }

  @Override
  public int handleParseException(ParameterException mistake, String[] words) {
    boolean json = List.of(words).contains("--json");
    CommandLine command = mistake.getCommandLine();
    String message = told(mistake, command);
    int status =
        new FailureReport(output)
            .report(new CliException(CliError.USAGE_WRONG, message, mistake), json);
    if (!json) {
      output.note("Usage: %s", command.getHelp().abbreviatedSynopsis().strip());
      output.note("See:   %s --help", command.getCommandSpec().qualifiedName());
    }
    return status;
  }

  private static String told(ParameterException mistake, CommandLine command) {
    String message = String.valueOf(mistake.getMessage());
    if (!(mistake instanceof UnmatchedArgumentException unmatched)
        || unmatched.getUnmatched().isEmpty()) {
      return message;
    }
    String word = unmatched.getUnmatched().getFirst();
    if (unmatched.isUnknownOption()) {
      return message + MeantWord.option(word, command).map(UsageReport::question).orElse("");
    }
    if (command.getSubcommands().isEmpty()) {
      return message;
    }
    String name = command.getCommandSpec().qualifiedName();
    return "%s has no command '%s'%s".formatted(name, word, MeantWord.advice(word, command));
  }

  private static String question(String meant) {
    return "; did you mean '%s'?".formatted(meant);
  }
}
