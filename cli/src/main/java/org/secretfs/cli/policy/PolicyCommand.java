package org.secretfs.cli.policy;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.policy.Decision;
import org.secretfs.keymanager.policy.Facts;
import org.secretfs.keymanager.policy.GrantRule;
import org.secretfs.keymanager.policy.NamedPolicy;
import org.secretfs.keymanager.policy.Origin;
import org.secretfs.keymanager.policy.PolicyDocument;
import org.secretfs.keymanager.policy.PolicySet;
import org.secretfs.keymanager.policy.Question;
import org.secretfs.keymanager.policy.Subject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Tries policies out. */
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    description = "Tries policies of the key manager out, without a key manager.",
    subcommands = PolicyCommand.SimulateCommand.class,
    synopsisSubcommandLabel = "COMMAND")
public final class PolicyCommand {
  private PolicyCommand() {}

  /** Answers one question. */
  @Command(
      name = "simulate",
      mixinStandardHelpOptions = true,
      description = {
        "Tells whether policies allow an action, and which statement decides: the very function",
        "that the key manager decides with.",
      },
      footer = {
        "",
        "Exit status: 0 allowed, 3 denied, 2 a policy or an option is wrong.",
        "",
        "Example:",
        "  secretfs policy simulate --policy machine.json --key-policy key.json \\",
        "    --principal arn:aws:iam::000000000000:user/machine --action kms:Decrypt \\",
        "    --context kms:EncryptionContext:volume=data --context aws:SourceIp=10.0.0.7",
      })
  public static final class SimulateCommand implements Callable<Integer> {
    private final Output output;

    @Option(
        names = "--policy",
        paramLabel = "FILE",
        description = "A policy of the principal; may be repeated.")
    private List<Path> identity = new ArrayList<>();

    @Option(
        names = "--key-policy",
        paramLabel = "FILE",
        description = "The policy of the key; without it the action concerns no key.")
    private @Nullable Path key;

    @Option(
        names = "--session-policy",
        paramLabel = "FILE",
        description = "The policy that the principal's session was made with.")
    private @Nullable Path session;

    @Option(
        names = "--principal",
        required = true,
        paramLabel = "ARN",
        description = "Who asks: a user, a role, or a session of a role.")
    private String principal = "";

    @Option(
        names = "--action",
        required = true,
        paramLabel = "ACTION",
        description = "What is asked, as in kms:Decrypt.")
    private String action = "";

    @Option(
        names = "--resource",
        paramLabel = "ARN",
        description =
            "The key or alias (default: a key of the principal's account with a key policy,"
                + " * without).")
    private @Nullable String resource;

    @Option(
        names = "--context",
        paramLabel = "KEY=VALUE",
        description = "A condition key; repeat it for more, and for keys with several values.")
    private List<String> context = new ArrayList<>();

    @Option(names = "--json", description = "Print facts as one JSON document.")
    private boolean json;

    public SimulateCommand(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws SecretfsException {
      Subject subject =
          Subject.parse(principal)
              .orElseThrow(
                  () -> usage("--principal %s is no ARN of a user, role or session", principal));
      Question question = new Question(subject, requireAction(), resource(subject), facts(subject));
      Decision decision = policies().decide(question, GrantRule.Use.PLAIN);
      if (json) {
        output.json(document(question, decision));
      } else {
        output.line("%s", text(question, decision));
      }
      return decision.allows() ? ExitStatus.DONE : ExitStatus.DENIED;
    }

    private String requireAction() throws CliException {
      if (!action.matches("[A-Za-z0-9-]{1,32}:[A-Za-z0-9]{1,128}")) {
        throw usage("--action %s is not like kms:Decrypt", action);
      }
      return action;
    }

    private String resource(Subject subject) {
      if (resource != null) {
        return resource;
      }
      return key == null
          ? "*"
          : "arn:aws:kms:us-east-1:%s:key/00000000-0000-0000-0000-000000000000"
              .formatted(subject.accountId());
    }

    /** What the command line says, and what every request has where it says nothing. */
    private Facts facts(Subject subject) throws CliException {
      Facts facts = new Facts();
      Set<String> given = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
      for (String pair : context) {
        int equals = pair.indexOf('=');
        if (equals < 1) {
          throw usage("--context %s is not KEY=VALUE", pair);
        }
        given.add(pair.substring(0, equals));
        facts.add(pair.substring(0, equals), pair.substring(equals + 1));
      }
      subject
          .facts()
          .forEach((name, value) -> {
            if (!given.contains(name)) {
              facts.add(name, value);
            }
          });
      return facts;
    }

    private PolicySet policies() throws SecretfsException {
      List<NamedPolicy> own = new ArrayList<>();
      for (Path file : identity) {
        own.add(read(file, PolicyDocument.Kind.IDENTITY));
      }
      return new PolicySet(
          key == null ? null : read(key, PolicyDocument.Kind.KEY),
          Origin.Source.KEY_POLICY,
          own,
          session == null ? null : read(session, PolicyDocument.Kind.IDENTITY),
          List.of());
    }

    private static NamedPolicy read(Path file, PolicyDocument.Kind kind) throws SecretfsException {
      return new NamedPolicy(file.toString(), PolicyDocument.parse(text(file), kind));
    }

    private static String text(Path file) throws CliException {
      try (var in = Files.newInputStream(file)) {
        byte[] bytes = in.readNBytes(PolicyDocument.MOST_BYTES + 1);
        return new String(bytes, StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new CliException(
            CliError.CONFIGURATION_MISSING, "policy %s cannot be read: %s".formatted(file, e), e);
      }
    }

    private static String text(Question question, Decision decision) {
      String about =
          "%s on %s by %s"
              .formatted(question.action(), question.resource(), question.subject().arn());
      return switch (decision) {
        case Decision.Allowed allowed -> "allowed by %s: %s".formatted(allowed.by(), about);
        case Decision.Forbidden forbidden -> "denied by %s: %s".formatted(forbidden.by(), about);
        case Decision.NotAllowed not ->
            "denied, %s: %s".formatted(decision.why(question.action()), about);
      };
    }

    private static Object document(Question question, Decision decision) {
      var document =
          Output.object()
              .put("principal", question.subject().arn())
              .put("action", question.action())
              .put("resource", question.resource())
              .put("allowed", decision.allows());
      Origin by =
          switch (decision) {
            case Decision.Allowed allowed -> allowed.by();
            case Decision.Forbidden forbidden -> forbidden.by();
            case Decision.NotAllowed not -> null;
          };
      document.put("explicit", by != null);
      if (by != null) {
        document
            .putObject("decided_by")
            .put("source", by.source().name())
            .put("policy", by.policy())
            .put("statement", by.statement());
      }
      if (!decision.allows()) {
        document.put("reason", decision.why(question.action()));
      }
      return document;
    }

    @FormatMethod
    private static CliException usage(String format, Object... args) {
      return new CliException(CliError.USAGE_WRONG, format.formatted(args));
    }
  }
}
