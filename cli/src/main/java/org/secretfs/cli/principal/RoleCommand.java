package org.secretfs.cli.principal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.Administration;
import org.secretfs.keymanager.store.PrincipalStore;
import org.secretfs.keymanager.store.RoleRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Roles: permissions that users take for a while. */
@Command(
    name = "role",
    mixinStandardHelpOptions = true,
    description = {
      "Makes, lists and removes roles of the key manager, which users take for a while with",
      "aws sts assume-role, if the role's trust policy lets them.",
    },
    subcommands = {RoleCommand.Create.class, RoleCommand.Delete.class, RoleCommand.ListAll.class},
    synopsisSubcommandLabel = "COMMAND")
public final class RoleCommand {
  private RoleCommand() {}

  /** Makes a role. */
  @Command(name = "create", mixinStandardHelpOptions = true, description = "Makes a role.")
  public static final class Create extends AdministrationChange {
    @Parameters(paramLabel = "NAME", description = "The role.")
    private String name = "";

    @Option(
        names = "--trust-policy",
        required = true,
        paramLabel = "FILE",
        description = "Who may assume it.")
    private Path trust = Path.of("trust.json");

    @Option(
        names = "--policy",
        paramLabel = "NAME",
        description = "A policy for it, as in KeyUser; may be repeated.")
    private List<String> policies = new ArrayList<>();

    @Option(
        names = "--max-session-seconds",
        paramLabel = "N",
        defaultValue = "3600",
        description = "How long its sessions may last, 900 to 43200 (default: ${DEFAULT-VALUE}).")
    private int sessionSeconds = 3600;

    @Override
    void apply(Administration administration) throws SecretfsException {
      String document = Administered.read(trust);
      administration.createRole(name, document, sessionSeconds);
      for (String policy : policies) {
        administration.attach(PrincipalStore.role(name), policy);
      }
    }
  }

  /** Removes a role. */
  @Command(
      name = "delete",
      mixinStandardHelpOptions = true,
      description = "Removes a role; its sessions end.")
  public static final class Delete extends AdministrationChange {
    @Parameters(paramLabel = "NAME", description = "The role.")
    private String name = "";

    @Override
    void apply(Administration administration) throws SecretfsException {
      administration.deleteRole(name);
    }
  }

  /** Lists roles. */
  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists roles.")
  public static final class ListAll extends AdministrationList<RoleRecord> {
    public ListAll(Output output) {
      super(output, "roles");
    }

    @Override
    List<RoleRecord> records(Administration administration) throws SecretfsException {
      return administration.roles();
    }

    @Override
    ObjectNode document(Administration administration, RoleRecord role) throws SecretfsException {
      ObjectNode document =
          Output.object()
              .put("name", role.name())
              .put("trust_policy", role.trustPolicy())
              .put("max_session_seconds", role.mostSessionSeconds());
      List<String> policies = administration.policiesOf(PrincipalStore.role(role.name()));
      return document.set("policies", Output.JSON.valueToTree(policies));
    }

    @Override
    String line(ObjectNode role) {
      return "%-24s %s".formatted(role.path("name").asText(), joined(role, "policies"));
    }
  }
}
