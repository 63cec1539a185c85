package org.secretfs.cli.proxy;

import picocli.CommandLine.Command;

/** Serves encrypted volumes as plain disks over NBD. */
@Command(
    name = "proxy",
    mixinStandardHelpOptions = true,
    description = {
      "The encrypting proxy: opens LUKS2 volumes with keys from their key sources and offers them",
      "to clients as plain disks over NBD. Clients never see a key; when a key is withdrawn, the",
      "disk stops and the key leaves memory.",
      "",
      "docs/proxy.md is a guide of ten minutes.",
    },
    subcommands = {
      ServeCommand.class,
      CheckConfigCommand.class,
      ExportCommand.class,
      ReloadCommand.class,
      ClientCommand.class,
    },
    synopsisSubcommandLabel = "COMMAND")
public final class ProxyCommand {
  private ProxyCommand() {}
}
