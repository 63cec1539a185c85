package org.secretfs.cli.luks;

import org.secretfs.cli.output.Output;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The group of commands for LUKS volumes; by itself it prints what there is. */
@Command(
    name = "luks",
    mixinStandardHelpOptions = true,
    description = {
      "Works on LUKS volumes on this program's own engine; names and options follow cryptsetup.",
      "",
      "Nothing that is not blank is formatted without the owner's explicit word, reading never",
      "writes, and an update cut off by a power failure leaves the old header or the new one.",
      "",
    },
    footer = {
      "",
      "Examples:",
      "  # a volume in a file, a second passphrase, what is in its header",
      "  truncate --size 64M disk.img",
      "  secretfs luks format disk.img",
      "  secretfs luks add-key disk.img",
      "  secretfs luks dump disk.img",
      "",
      "  # keep the header where the disk's fate does not reach it",
      "  secretfs luks header-backup --header-backup-file disk.header disk.img",
      "",
      "  # data in and out without root and without a mount",
      "  secretfs luks write --key-file key disk.img <data",
      "  secretfs luks read --key-file key disk.img >data",
      "",
      "A passphrase is asked for on the terminal without echo; without a terminal it is the first",
      "line of standard input. --key-file FILE takes the bytes of a file, - those of standard",
      "input. No passphrase is ever taken from an argument or from the environment.",
      "",
      "Exit status: 0 done, 2 wrong usage, 3 no keyslot opened, 4 device or header not as expected,",
      "5 busy or too little memory, 130 or 143 a re-encryption stopped by SIGINT or SIGTERM that can",
      "go on, 1 anything else. docs/luks.md lists every action and option of cryptsetup beside ours.",
    },
    subcommands = {
      FormatCommand.class,
      OpenCommand.class,
      CloseCommand.class,
      StatusCommand.class,
      BenchmarkCommand.class,
      DumpCommand.class,
      IsLuksCommand.class,
      UuidCommand.class,
      AddKeyCommand.class,
      ChangeKeyCommand.class,
      RemoveKeyCommand.class,
      KillSlotCommand.class,
      ConvertCommand.class,
      ConvertKeyCommand.class,
      ConfigCommand.class,
      TokenCommand.class,
      HeaderBackupCommand.class,
      HeaderRestoreCommand.class,
      RepairCommand.class,
      EraseCommand.class,
      ReadCommand.class,
      WriteCommand.class,
      ReencryptCommand.class,
    },
    synopsisSubcommandLabel = "COMMAND")
public final class LuksCommand implements Runnable {
  private final Output output;

  @Spec private CommandSpec spec = CommandSpec.create();

  LuksCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    output.line("%s", spec.commandLine().getUsageMessage());
  }
}
