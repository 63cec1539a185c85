package org.secretfs.cli.principal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.Administration;
import org.secretfs.keymanager.store.PrincipalStore;
import org.secretfs.keymanager.store.RoleRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
  public static final class Create implements Callable<Integer> {
    @Mixin private Administered keyManager = new Administered();

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
    public Integer call() throws SecretfsException {
      String document = Administered.read(trust);
      try (Administration administration = keyManager.open()) {
        administration.createRole(name, document, sessionSeconds);
        for (String policy : policies) {
          administration.attach(PrincipalStore.role(name), policy);
        }
      }
      return ExitStatus.DONE;
    }
  }

  /** Removes a role. */
  @Command(
      name = "delete",
      mixinStandardHelpOptions = true,
      description = "Removes a role; its sessions end.")
  public static final class Delete implements Callable<Integer> {
    @Mixin private Administered keyManager = new Administered();

    @Parameters(paramLabel = "NAME", description = "The role.")
    private String name = "";

    @Override
    public Integer call() throws SecretfsException {
      try (Administration administration = keyManager.open()) {
        administration.deleteRole(name);
      }
      return ExitStatus.DONE;
    }
  }

  /** Lists roles. */
  @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists roles.")
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
      ArrayNode roles = Output.JSON.createArrayNode();
      try (Administration administration = keyManager.open()) {
        for (RoleRecord role : administration.roles()) {
          List<String> policies = administration.policiesOf(PrincipalStore.role(role.name()));
          if (!json) {
            output.line("%-24s %s", role.name(), String.join(",", policies));
          }
          var document =
              roles
                  .addObject()
                  .put("name", role.name())
                  .put("trust_policy", role.trustPolicy())
                  .put("max_session_seconds", role.mostSessionSeconds());
          document.set("policies", Output.JSON.valueToTree(policies));
        }
      }
      if (json) {
        output.json(Output.object().set("roles", roles));
      }
      return ExitStatus.DONE;
    }
  }
}
