package org.secretfs.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Optional;
import org.secretfs.crypto.CryptoException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.LuksException;
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
    return report(failure, json, Place.NONE);
  }

  /**
   * Reports a failure of a command and returns the exit status.
   *
   * @param place what the command was about; what the failure does not name is added
   */
  public int report(Throwable failure, boolean json, Place place) {
    Optional<String> hint = Hints.of(failure).map(place::filled);
    if (json) {
      output.json(document(failure, hint, place));
    } else {
      output.note("secretfs: %s", text(failure, place));
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

  private static String text(Throwable failure, Place place) {
    if (failure instanceof SecretfsException known) {
      return "%s [%s]".formatted(message(known, place), known.code().name());
    }
    return "%s, at %s [UNEXPECTED]"
        .formatted(
            unexpected(failure, place),
            failure.getStackTrace().length > 0 ? failure.getStackTrace()[0] : "?");
  }

  private static String unexpected(Throwable failure, Place place) {
    return place.told("a defect of secretfs: " + failure);
  }

  /** The format's library knows storages, not their names. */
  private static String message(SecretfsException failure, Place place) {
    String message = String.valueOf(failure.getMessage());
    return failure instanceof LuksException || failure instanceof CryptoException
        ? place.told(message)
        : message;
  }

  private static ObjectNode document(Throwable failure, Optional<String> hint, Place place) {
    ObjectNode document = Output.object();
    ObjectNode error = document.putObject("error");
    if (failure instanceof SecretfsException known) {
      error.put("code", known.code().name());
      error.put("number", known.code().number());
      error.put("kind", known.code().kind().name().toLowerCase(Locale.ROOT));
      error.put("message", message(known, place));
    } else {
      error.put("code", "UNEXPECTED");
      error.put("message", unexpected(failure, place));
    }
    place.device().ifPresent(device -> error.put("device", device));
    place.header().ifPresent(header -> error.put("header", header));
    hint.ifPresent(h -> error.put("hint", h));
    return document;
  }
}
