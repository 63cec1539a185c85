package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.OptionException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.DeviceInUseException;
import picocli.CommandLine.Option;

/**
 * One action: prints its facts as lines or as one JSON document, and turns what the operating
 * system refuses into failures with a kind.
 */
abstract class LuksAction implements Callable<Integer> {
  private final Output output;

  @Option(names = "--json", description = "Print facts as one JSON document.")
  private boolean json;

  @Option(
      names = {"-v", "--verbose"},
      description = "Say more: that the command succeeded, or what was found.")
  private boolean verbose;

  @Option(names = "--debug", description = "Where a failure comes from, for a report of it.")
  private boolean debug;

  @Option(
      names = "--test-args",
      description = "Only see whether the words of the command can be understood.")
  private boolean testArguments;

  @Option(
      names = {
        "-y",
        "--verify-passphrase",
        "--force-password",
        "--disable-keyring",
        "--disable-external-tokens"
      },
      hidden = true,
      description = "Accepted: it is so in any case.")
  @SuppressWarnings("UnusedVariable")
  private boolean[] soAnyway = {};

  LuksAction(Output output) {
    this.output = output;
  }

  /** Does it and returns the facts; {@link #text} prints them for people. */
  abstract ObjectNode run() throws IOException, SecretfsException;

  /** Prints the facts as text. */
  abstract void text(ObjectNode facts);

  /** The exit status where nothing failed. */
  int statusOf(ObjectNode facts) {
    return ExitStatus.DONE;
  }

  @Override
  public final Integer call() throws SecretfsException {
    if (testArguments) {
      return ExitStatus.DONE;
    }
    try {
      return perform();
    } catch (SecretfsException | RuntimeException e) {
      if (debug) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        output.note("%s", trace);
      }
      throw e;
    }
  }

  private int perform() throws SecretfsException {
    try {
      ObjectNode facts = run();
      if (json) {
        output.json(facts);
      } else {
        text(facts);
      }
      int status = statusOf(facts);
      if (verbose && status == ExitStatus.DONE) {
        output.note("Command successful.");
      }
      return status;
    } catch (NoSuchFileException e) {
      throw failure("%s does not exist".formatted(e.getFile()), e);
    } catch (AccessDeniedException e) {
      throw new CliException(
          CliError.NOT_PERMITTED, "%s may not be opened by this user".formatted(e.getFile()), e);
    } catch (DeviceInUseException e) {
      throw new CliException(CliError.DEVICE_IN_USE, String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw failure(String.valueOf(e.getMessage()), e);
    } catch (OptionException e) {
      throw new CliException(CliError.USAGE_WRONG, String.valueOf(e.getMessage()), e);
    }
  }

  private static CliException failure(String message, IOException cause) {
    return new CliException(CliError.DEVICE_FAILED, message, cause);
  }

  final Output output() {
    return output;
  }

  final boolean verbose() {
    return verbose;
  }

  final boolean json() {
    return json;
  }
}
