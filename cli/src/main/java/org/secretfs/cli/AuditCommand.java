package org.secretfs.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditEntry;
import org.secretfs.audit.AuditTrail;
import org.secretfs.audit.Verification;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.AuditLine;
import org.secretfs.cli.output.DeliveredTrail;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import picocli.CommandLine.ArgGroup;
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

    boolean areNamed() {
      return !named.isEmpty();
    }

    static Verification read(Path directory, List<AuditEntry> entries) throws CliException {
      if (!Files.isDirectory(directory)) {
        return new Verification(0, Verification.Head.EMPTY, java.util.Optional.empty(), 0);
      }
      try {
        return AuditTrail.read(directory, entries::add);
      } catch (IOException e) {
        throw unreadable(directory, e);
      }
    }

    /** Checks that a trail is intact and has a record that is known from elsewhere. */
    static Verification verify(Path directory, Verification.Head known) throws CliException {
      if (!Files.isDirectory(directory)) {
        return read(directory, new ArrayList<>());
      }
      try {
        return AuditTrail.verify(directory, known);
      } catch (IOException e) {
        throw unreadable(directory, e);
      }
    }

    private static CliException unreadable(Path directory, IOException e) {
      return new CliException(
          CliError.TRAIL_UNREADABLE,
          "audit trail %s cannot be read: %s".formatted(directory, e),
          e);
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
        "With --delivered: the digests and log files that a key manager delivered to a bucket, by",
        "public keys alone, and that no record's number is missing; with --trail besides, that this",
        "trail still has the last of them.",
      })
  static final class VerifyCommand implements Callable<Integer> {
    private final Output output;

    @Mixin private Trails trails = new Trails();

    @ArgGroup(exclusive = false)
    private @Nullable Delivered delivered;

    /** A trail that was delivered. */
    static final class Delivered {
      @Option(
          names = "--delivered",
          required = true,
          paramLabel = "DIR",
          description = "A directory with the files of a bucket, or a copy of it.")
      private Path directory = Path.of(".");

      @Option(
          names = "--public-keys",
          required = true,
          paramLabel = "FILE",
          description =
              "The keys, as secretfs keymanager trail-keys or aws cloudtrail list-public-keys"
                  + " prints them.")
      private Path publicKeys = Path.of("keys.json");

      DeliveredTrail check() throws CliException {
        return DeliveredTrail.check(directory, publicKeys);
      }
    }

    VerifyCommand(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws CliException {
      DeliveredTrail checked = delivered == null ? null : delivered.check();
      List<Verification> verifications = new ArrayList<>();
      ArrayNode documents = Output.JSON.createArrayNode();
      boolean alone = checked != null && !trails.areNamed();
      for (Path directory : alone ? List.<Path>of() : trails.directories()) {
        Verification verification =
            Trails.verify(
                directory, checked == null ? Verification.Head.EMPTY : checked.lastRecord());
        verifications.add(verification);
        documents.add(document(directory, verification));
        if (!trails.json()) {
          output.line("%s: %s", directory, text(verification));
        }
      }
      show(checked, documents);
      Trails.requireIntact(verifications);
      if (checked != null) {
        checked.requireIntact();
      }
      return ExitStatus.DONE;
    }

    private void show(@Nullable DeliveredTrail checked, ArrayNode documents) {
      if (trails.json()) {
        ObjectNode all = Output.object();
        all.set("trails", documents);
        if (checked != null) {
          all.set("delivered", checked.document());
        }
        output.json(all);
      } else if (checked != null) {
        checked.print(output);
      }
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
