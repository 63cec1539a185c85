package org.secretfs.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.secretfs.audit.AuditEntry;
import org.secretfs.audit.AuditTrail;
import org.secretfs.audit.Verification;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.AuditLine;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows and checks audit trails. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description = "Shows who asked for which key and when, and checks that no record was changed.",
    subcommands = {AuditCommand.ListCommand.class, AuditCommand.VerifyCommand.class},
    synopsisSubcommandLabel = "COMMAND")
final class AuditCommand {
  private AuditCommand() {}

  /** Which trails are meant. */
  static final class Trails {
    @Mixin private ConfigOption config = new ConfigOption();

    @Option(
        names = "--trail",
        paramLabel = "DIR",
        description =
            "A directory with a trail; may be repeated. Without it: the agent's own trail and the"
                + " configuration's audit_trails.")
    private List<Path> named = new ArrayList<>();

    boolean json() {
      return config.json();
    }

    List<Path> directories() throws CliException {
      if (!named.isEmpty()) {
        requirePresent(named);
        return named;
      }
      SecretfsConfig read = config.read();
      List<Path> all = new ArrayList<>(read.auditTrails());
      all.add(read.files().auditDirectory());
      return all;
    }

    /** A trail that is named but absent is no intact trail: it may have been deleted. */
    private static void requirePresent(List<Path> directories) throws CliException {
      for (Path directory : directories) {
        if (!Files.isDirectory(directory)) {
          throw new CliException(
              CliError.TRAIL_UNREADABLE,
              "audit trail %s: there is no such directory".formatted(directory));
        }
      }
    }

    List<Verification> readAll(List<AuditEntry> entries) throws CliException {
      List<Verification> verifications = new ArrayList<>();
      for (Path directory : directories()) {
        verifications.add(read(directory, entries));
      }
      return verifications;
    }

    static Verification read(Path directory, List<AuditEntry> entries) throws CliException {
      if (!Files.isDirectory(directory)) {
        return new Verification(0, Verification.Head.EMPTY, java.util.Optional.empty(), 0);
      }
      try {
        return AuditTrail.read(directory, entries::add);
      } catch (IOException e) {
        throw new CliException(
            CliError.TRAIL_UNREADABLE,
            "audit trail %s cannot be read: %s".formatted(directory, e),
            e);
      }
    }

    static void requireIntact(List<Verification> verifications) throws CliException {
      for (Verification verification : verifications) {
        if (!verification.isIntact()) {
          throw new CliException(
              CliError.TRAIL_BROKEN,
              "audit trail is broken: " + verification.firstBreak().orElseThrow());
        }
      }
    }
  }

  /** Lists records. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists records of all trails by time, and fails if a trail is broken.")
  static final class ListCommand implements Callable<Integer> {
    private final Output output;

    @Mixin private Trails trails = new Trails();

    @Option(
        names = "--last",
        paramLabel = "N",
        defaultValue = "100",
        description = "How many records, the latest; 0 for all (default: ${DEFAULT-VALUE}).")
    private int last = 100;

    ListCommand(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws Exception {
      List<AuditEntry> entries = new ArrayList<>();
      List<Verification> verifications = trails.readAll(entries);
      entries.sort(Comparator.comparing(entry -> entry.event().eventTime()));
      int from = last > 0 ? Math.max(0, entries.size() - last) : 0;
      print(entries.subList(from, entries.size()));
      Trails.requireIntact(verifications);
      return ExitStatus.DONE;
    }

    private void print(List<AuditEntry> entries) throws IOException {
      if (trails.json()) {
        ArrayNode records = Output.JSON.createArrayNode();
        for (AuditEntry entry : entries) {
          records.add(Output.JSON.readTree(entry.event().toJson()));
        }
        output.json(Output.object().set("Records", records));
        return;
      }
      entries.forEach(entry -> output.line("%s", AuditLine.of(entry.event())));
    }
  }

  /** Checks trails. */
  @Command(
      name = "verify",
      mixinStandardHelpOptions = true,
      description = {
        "Checks the hash chain of each trail: finds edited, deleted, inserted and moved records.",
        "Records cut off the end show only against a head noted elsewhere; see docs/security.md.",
      })
  static final class VerifyCommand implements Callable<Integer> {
    private final Output output;

    @Mixin private Trails trails = new Trails();

    VerifyCommand(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws CliException {
      List<Verification> verifications = new ArrayList<>();
      ArrayNode documents = Output.JSON.createArrayNode();
      for (Path directory : trails.directories()) {
        Verification verification = Trails.read(directory, new ArrayList<>());
        verifications.add(verification);
        documents.add(document(directory, verification));
        if (!trails.json()) {
          output.line("%s: %s", directory, text(verification));
        }
      }
      if (trails.json()) {
        output.json(Output.object().set("trails", documents));
      }
      Trails.requireIntact(verifications);
      return ExitStatus.DONE;
    }

    private static String text(Verification verification) {
      String head = verification.head().hash().substring(0, 16);
      return "%d records, head %s…, %s"
          .formatted(verification.count(), head, verification.isIntact() ? "intact" : "BROKEN");
    }

    private static JsonNode document(Path directory, Verification verification) {
      return Output.object()
          .put("directory", directory.toString())
          .put("records", verification.count())
          .put("head", verification.head().hash())
          .put("intact", verification.isIntact())
          .put("break", verification.firstBreak().map(Object::toString).orElse(null));
    }
  }
}
