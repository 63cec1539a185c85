package org.secretfs.cli.principal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.Administration;
import org.secretfs.keymanager.store.PolicyRecord;
import picocli.CommandLine.Command;
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

  /** Adds or replaces a policy. */
  @Command(
      name = "put",
      mixinStandardHelpOptions = true,
      description = "Adds a policy, or replaces the one of this name.")
  public static final class Put extends AdministrationChange {
    @Parameters(index = "0", paramLabel = "NAME", description = "The policy.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "FILE", description = "The document, JSON.")
    private Path file = Path.of("policy.json");

    @Override
    void apply(Administration administration) throws SecretfsException {
      String document = Administered.read(file);
      administration.putPolicy(name, document);
    }
  }

  /** Removes a policy. */
  @Command(
      name = "delete",
      mixinStandardHelpOptions = true,
      description = "Removes a policy that nobody has.")
  public static final class Delete extends AdministrationChange {
    @Parameters(paramLabel = "NAME", description = "The policy.")
    private String name = "";

    @Override
    void apply(Administration administration) throws SecretfsException {
      administration.deletePolicy(name);
    }
  }

  /** Lists policies. */
  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Lists policies; with --json also what they say.")
  public static final class ListAll extends AdministrationList<PolicyRecord> {
    public ListAll(Output output) {
      super(output, "policies");
    }

    @Override
    List<PolicyRecord> records(Administration administration) throws SecretfsException {
      return administration.policies();
    }

    @Override
    ObjectNode document(Administration administration, PolicyRecord policy) {
      return Output.object().put("name", policy.name()).put("document", policy.document());
    }

    @Override
    String line(ObjectNode policy) {
      return policy.path("name").asText();
    }
  }

  /** Whom a policy is given to or taken from. */
  abstract static class Attachment extends AdministrationChange {
    @Parameters(index = "0", paramLabel = "POLICY", description = "The policy.")
    private String policy = "";

    @Parameters(index = "1", paramLabel = "PRINCIPAL", description = "user/NAME or role/NAME.")
    private String principal = "";

    String policy() {
      return policy;
    }

    String principal() throws CliException {
      if (!principal.matches("(user|role)/.+")) {
        throw new CliException(
            CliError.USAGE_WRONG, "'%s' is neither user/NAME nor role/NAME".formatted(principal));
      }
      return principal;
    }
  }

  /** Gives somebody a policy. */
  @Command(
      name = "attach",
      mixinStandardHelpOptions = true,
      description = "Gives a user or role a policy.")
  public static final class Attach extends Attachment {
    @Override
    void apply(Administration administration) throws SecretfsException {
      administration.attach(principal(), policy());
    }
  }

  /** Takes a policy from somebody. */
  @Command(
      name = "detach",
      mixinStandardHelpOptions = true,
      description = "Takes a policy from a user or role.")
  public static final class Detach extends Attachment {
    @Override
    void apply(Administration administration) throws SecretfsException {
      administration.detach(principal(), policy());
    }
  }
}
