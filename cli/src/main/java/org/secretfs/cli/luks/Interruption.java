package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Place;
import org.secretfs.cli.process.Signals;
import org.secretfs.luks.ReencryptListener;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What becomes of a long work on a volume when a signal comes: it ends behind the part under way,
 * and the facts say how far it is and by which command it goes on.
 */
final class Interruption implements AutoCloseable {
  /** What the command that goes on needs to be told again; the header knows the rest. */
  private static final List<String> KEPT =
      List.of(
          "--active-name",
          "--runtime-directory",
          "--header",
          "--key-file",
          "--keyfile-offset",
          "--keyfile-size",
          "--other-key-file",
          "--device-size",
          "--hotzone-size",
          "--throttle");

  private final Signals.Watch signals = Signals.watch();
  private double percent;

  /** Asks the work to end once a signal came, and notes how far it is. */
  ReencryptListener watching(ReencryptListener progress) {
    return (doneBytes, totalBytes) -> {
      percent = 100.0 * doneBytes / Math.max(1, totalBytes);
      return progress.progress(doneBytes, totalBytes) && signals.heard().isEmpty();
    };
  }

  /** Adds what happened, if anything did. */
  ObjectNode told(ObjectNode facts) {
    Optional<Signals.Ending> signal = signals.heard();
    if (signal.isPresent() && !facts.get("finished").asBoolean()) {
      facts
          .put("signal", "SIG" + signal.get())
          .put("percent", Math.floor(percent * 10) / 10)
          .put("exit_status", signal.get().exitStatus());
    }
    return facts;
  }

  /** The exit status that the facts stand for. */
  static int statusOf(ObjectNode facts) {
    return facts.has("signal") ? facts.get("exit_status").asInt() : ExitStatus.DONE;
  }

  /** The command that goes on, to be pasted into a shell. */
  static String goingOn(CommandSpec command, Path device) {
    StringBuilder words = new StringBuilder("secretfs luks reencrypt --resume-only");
    for (String name : KEPT) {
      OptionSpec option = command.findOption(name);
      if (option != null && command.commandLine().getParseResult().hasMatchedOption(option)) {
        option
            .stringValues()
            .forEach(
                value -> words.append(' ').append(name).append(' ').append(Place.quoted(value)));
      }
    }
    return words.append(' ').append(Place.quoted(device.toString())).toString();
  }

  @Override
  public void close() {
    signals.close();
  }
}
