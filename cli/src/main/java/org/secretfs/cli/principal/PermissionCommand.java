package org.secretfs.cli.principal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.Administration;
import org.secretfs.keymanager.store.PolicyRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Policies: named groups of permissions. */
@Command(
    name = "policy",
    mixinStandardHelpOptions = true,
    description = {
      "Keeps policies and gives them to users and roles. To try one out first:",
      "secretfs policy simulate --help",
    },
    subcommands = {
      PermissionCommand.Put.class,
      PermissionCommand.Delete.class,
      PermissionCommand.ListAll.class,
      PermissionCommand.Attach.class,
      PermissionCommand.Detach.class,
    },
    synopsisSubcommandLabel = "COMMAND")
public final class PermissionCommand {
  private PermissionCommand() {}

  private static String principal(String name) throws CliException {
    if (!name.matches("(user|role)/.+")) {
      throw new CliException(
          CliError.USAGE_WRONG, "'%s' is neither user/NAME nor role/NAME".formatted(name));
    }
    return name;
  }

  /** Adds or replaces a policy. */
  @Command(
      name = "put",
      mixinStandardHelpOptions = true,
      description = "Adds a policy, or replaces the one of this name.")
  public static final class Put implements Callable<Integer> {
    @Mixin private Administered keyManager = new Administered();

    @Parameters(index = "0", paramLabel = "NAME", description = "The policy.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "FILE", description = "The document, JSON.")
    private Path file = Path.of("policy.json");

    @Override
    public Integer call() throws SecretfsException {
      String document = Administered.read(file);
      try (Administration administration = keyManager.open()) {
        administration.putPolicy(name, document);
      }
      return ExitStatus.DONE;
    }
  }

  /** Removes a policy. */
  @Command(
      name = "delete",
      mixinStandardHelpOptions = true,
      description = "Removes a policy that nobody has.")
  public static final class Delete implements Callable<Integer> {
    @Mixin private Administered keyManager = new Administered();

    @Parameters(paramLabel = "NAME", description = "The policy.")
    private String name = "";

    @Override
    public Integer call() throws SecretfsException {
      try (Administration administration = keyManager.open()) {
        administration.deletePolicy(name);
      }
      return ExitStatus.DONE;
    }
  }

  /** Lists policies. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists policies; with --json also what they say.")
  public static final class ListAll implements Callable<Integer> {
    private final Output output;

    @Mixin private Administered keyManager = new Administered();

    @Option(names = "--json", description = "Print facts as one JSON document.")
    private boolean json;

    public ListAll(Output output) {
      this.output = output;
    }

    @Override
    public Integer call() throws SecretfsException {
      ArrayNode policies = Output.JSON.createArrayNode();
      try (Administration administration = keyManager.open()) {
        for (PolicyRecord policy : administration.policies()) {
          if (!json) {
            output.line("%s", policy.name());
          }
          policies.addObject().put("name", policy.name()).put("document", policy.document());
        }
      }
      if (json) {
        output.json(Output.object().set("policies", policies));
      }
      return ExitStatus.DONE;
    }
  }

  /** Gives somebody a policy. */
  @Command(
      name = "attach",
      mixinStandardHelpOptions = true,
      description = "Gives a user or role a policy.")
  public static final class Attach implements Callable<Integer> {
    @Mixin private Administered keyManager = new Administered();

    @Parameters(index = "0", paramLabel = "POLICY", description = "The policy.")
    private String policy = "";

    @Parameters(index = "1", paramLabel = "PRINCIPAL", description = "user/NAME or role/NAME.")
    private String principal = "";

    @Override
    public Integer call() throws SecretfsException {
      try (Administration administration = keyManager.open()) {
        administration.attach(principal(principal), policy);
      }
      return ExitStatus.DONE;
    }
  }

  /** Takes a policy from somebody. */
  @Command(
      name = "detach",
      mixinStandardHelpOptions = true,
      description = "Takes a policy from a user or role.")
  public static final class Detach implements Callable<Integer> {
    @Mixin private Administered keyManager = new Administered();

    @Parameters(index = "0", paramLabel = "POLICY", description = "The policy.")
    private String policy = "";

    @Parameters(index = "1", paramLabel = "PRINCIPAL", description = "user/NAME or role/NAME.")
    private String principal = "";

    @Override
    public Integer call() throws SecretfsException {
      try (Administration administration = keyManager.open()) {
        administration.detach(principal(principal), policy);
      }
      return ExitStatus.DONE;
    }
  }
}
