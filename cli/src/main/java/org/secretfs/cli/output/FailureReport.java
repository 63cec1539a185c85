package org.secretfs.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.secretfs.failure.SecretfsException;
import picocli.CommandLine.ParseResult;

/** Tells a person or a program what failed, where, and what to try. */
public final class FailureReport {
  private final Output output;

  public FailureReport(Output output) {
    this.output = output;
  }

  /** Whether any command on the line was given {@code --json}. */
  public static boolean wantsJson(ParseResult parsed) {
    return parsed.hasMatchedOption("--json")
        || (parsed.hasSubcommand() && wantsJson(parsed.subcommand()));
  }

  /** Reports a failure and returns the exit status. */
  public int report(Throwable failure, boolean json) {
    Optional<String> hint = Hints.of(failure);
    if (json) {
      output.json(document(failure, hint));
    } else {
      output.note("secretfs: %s", text(failure));
      hint.ifPresent(h -> output.note("  try: %s", h));
    }
    return status(failure);
  }

  /** The exit status that a failure leads to. */
  public static int status(Throwable failure) {
    return failure instanceof SecretfsException known
        ? ExitStatus.of(known.code().kind())
        : ExitStatus.OTHER;
  }

  /** What to try after a failure. */
  public static Optional<String> hint(Throwable failure) {
    return Hints.of(failure);
  }

  private static String text(Throwable failure) {
    if (failure instanceof SecretfsException known) {
      return "%s [%s]".formatted(known.getMessage(), known.code().name());
    }
    return "unexpected %s at %s"
        .formatted(failure, failure.getStackTrace().length > 0 ? failure.getStackTrace()[0] : "?");
  }

  private static ObjectNode document(Throwable failure, Optional<String> hint) {
    ObjectNode document = Output.object();
    ObjectNode error = document.putObject("error");
    if (failure instanceof SecretfsException known) {
      error.put("code", known.code().name());
      error.put("number", known.code().number());
      error.put("kind", known.code().kind().name().toLowerCase(java.util.Locale.ROOT));
      error.put("message", known.getMessage());
    } else {
      error.put("code", "UNEXPECTED");
      error.put("message", failure.toString());
    }
    hint.ifPresent(h -> error.put("hint", h));
    return document;
  }
}
