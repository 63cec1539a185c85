package org.secretfs.cli;

import org.secretfs.cli.config.Version;
import org.secretfs.cli.luks.LuksCommand;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.policy.PolicyCommand;
import org.secretfs.cli.proxy.ProxyCommand;
import org.secretfs.cli.proxy.ServeExportCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root of all commands; by itself it prints what there is. */
@Command(
    name = "secretfs",
    mixinStandardHelpOptions = true,
    version = "secretfs " + Version.NUMBER,
    description = {
      "Encrypts a machine's disks with keys that the machine's owner holds.",
      "",
      "Start with:  secretfs quickstart",
    },
    footer = {
      "",
      "Exit status: 0 done, 2 wrong usage or configuration, 3 denied (credential, policy,",
      "disabled key), 4 device or data not as expected, 5 something needed is unreachable,",
      "1 anything else.",
    },
    subcommands = {
      UpCommand.class,
      DownCommand.class,
      StatusCommand.class,
      ManifestCommand.class,
      EscrowCommand.class,
      QuickstartCommand.class,
      LuksCommand.class,
      KeyManagerCommand.class,
      PolicyCommand.class,
      ProxyCommand.class,
      AuditCommand.class,
      DoctorCommand.class,
      ServeVolumeCommand.class,
      ServeExportCommand.class,
      CommandLine.HelpCommand.class,
    })
final class SecretfsCommand implements Runnable {
  private final Output output;

  @Spec private CommandSpec spec = CommandSpec.create();

  SecretfsCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    output.line("%s", spec.commandLine().getUsageMessage());
  }
}
