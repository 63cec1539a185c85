package org.secretfs.cli.proxy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.secretfs.cli.config.Sizes;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.proxy.AdminRequest;
import org.secretfs.proxy.AdminRequest.Verb;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Commands to the exports of a running proxy. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = "Lists and changes the exports of a running proxy, over its admin socket.",
    subcommands = {
      ExportCommand.ListExports.class,
      ExportCommand.Add.class,
      ExportCommand.Remove.class,
      ExportCommand.Drain.class,
      ExportCommand.Suspend.class,
      ExportCommand.Resume.class,
      ExportCommand.CheckKey.class,
    },
    synopsisSubcommandLabel = "COMMAND")
final class ExportCommand {
  private ExportCommand() {}

  private static void print(Output output, JsonNode export) {
    output.line(
        "%-16s %-10s %10s  %3d clients  %3d requests  %s%s",
        export.path("name").asText(),
        export.path("state").asText(),
        export.has("size_bytes") ? Sizes.format(export.path("size_bytes").asLong()) : "-",
        export.path("connections").asLong(),
        export.path("queue_depth").asLong(),
        export.path("backing").asText(),
        export.path("read_only").asBoolean() ? "  read-only" : "");
    if (export.has("reason")) {
      output.line("    suspended: %s", export.path("reason").asText().replace('_', ' '));
    }
    if (export.has("last_failure")) {
      output.line("    %s", export.path("last_failure").asText());
    }
  }

  /** Tells how the exports fare. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Tells of each export its state, size, clients and last failure.")
  static final class ListExports implements Callable<Integer> {
    private final Output output;
    @Mixin private AdminOptions proxy = new AdminOptions();

    ListExports(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws SecretfsException {
      JsonNode answer = proxy.send(AdminRequest.of(Verb.LIST));
      if (proxy.json()) {
        output.json(answer);
      } else {
        answer.path("exports").forEach(export -> print(output, export));
      }
      return ExitStatus.DONE;
    }
  }

  /** Adds exports. */
  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = {
        "Adds the exports of a file of the form  exports: {NAME: {…}}  as in the configuration.",
        "They last until the proxy ends; put them into its configuration to keep them.",
      })
  static final class Add implements Callable<Integer> {
    private final Output output;
    @Mixin private AdminOptions proxy = new AdminOptions();

    @Option(
        names = "--from",
        required = true,
        paramLabel = "FILE",
        description = "The exports; '-' for standard input.")
    private String from = "-";

    Add(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws SecretfsException {
      JsonNode answer = proxy.send(AdminRequest.add(definition()));
      if (proxy.json()) {
        output.json(answer);
      } else {
        answer.path("exports").forEach(export -> print(output, export));
      }
      return ExitStatus.DONE;
    }

    private String definition() throws CliException {
      try {
        byte[] text =
            from.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(from));
        return new String(text, StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new CliException(
            CliError.CONFIGURATION_MISSING, "%s cannot be read: %s".formatted(from, e), e);
      }
    }
  }

  /** What the commands about one export share. */
  abstract static class OneExport implements Callable<Integer> {
    private final Output output;
    private final Verb verb;
    @Mixin private AdminOptions proxy = new AdminOptions();

    @Parameters(paramLabel = "EXPORT", description = "The export's name.")
    private String name = "";

    OneExport(Output output, Verb verb) {
      this.output = output;
      this.verb = verb;
    }

    AdminRequest request() {
      return AdminRequest.of(verb, name);
    }

    @Override
    public Integer call() throws SecretfsException {
      JsonNode answer = proxy.send(request());
      if (proxy.json()) {
        output.json(answer);
      } else if (answer.has("state")) {
        print(output, answer);
      } else {
        output.line(
            "%s: %s",
            name,
            answer.path("clients_left_by_themselves").asBoolean()
                ? "no clients are left"
                : "clients were still there and are refused from now on");
      }
      return ExitStatus.DONE;
    }
  }

  /** What the commands that wait for clients share. */
  abstract static class Patient extends OneExport {
    @Option(
        names = "--wait",
        paramLabel = "SECONDS",
        defaultValue = "30",
        description = "How long clients may take to leave (default: ${DEFAULT-VALUE}).")
    private int seconds = 30;

    Patient(Output output, Verb verb) {
      super(output, verb);
    }

    @Override
    AdminRequest request() {
      return super.request().within(Duration.ofSeconds(Math.clamp(seconds, 0, 86_400)));
    }
  }

  /** Removes an export. */
  @Command(
      name = "remove",
      mixinStandardHelpOptions = true,
      description = "Drains an export, closes its volume, wipes its key and forgets it.")
  static final class Remove extends Patient {
    Remove(Output output) {
      super(output, Verb.REMOVE);
    }
  }

  /** Drains an export. */
  @Command(
      name = "drain",
      mixinStandardHelpOptions = true,
      description = {
        "Takes no new clients, waits for the present ones to leave, then closes the volume and",
        "wipes its key. `resume` takes clients again.",
      })
  static final class Drain extends Patient {
    Drain(Output output) {
      super(output, Verb.DRAIN);
    }
  }

  /** Suspends an export. */
  @Command(
      name = "suspend",
      mixinStandardHelpOptions = true,
      description = {
        "Lets requests under way end, then wipes the key. Clients stay connected; their requests",
        "wait or fail as configured (on_suspend) until `resume`.",
      })
  static final class Suspend extends OneExport {
    Suspend(Output output) {
      super(output, Verb.SUSPEND);
    }
  }

  /** Resumes an export. */
  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Obtains the key again and serves; for suspended and drained exports.")
  static final class Resume extends OneExport {
    Resume(Output output) {
      super(output, Verb.RESUME);
    }
  }

  /** Checks an export's key. */
  @Command(
      name = "check-key",
      mixinStandardHelpOptions = true,
      description = {
        "Asks the export's key source now instead of at the next interval: suspends the export if",
        "the key was withdrawn, resumes it if it is there again.",
      })
  static final class CheckKey extends OneExport {
    CheckKey(Output output) {
      super(output, Verb.CHECK_KEY);
    }
  }
}
