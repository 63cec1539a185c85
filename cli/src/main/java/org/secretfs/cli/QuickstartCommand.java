package org.secretfs.cli;

import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.secretfs.cli.config.Sizes;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.quickstart.Quickstart;
import org.secretfs.cli.quickstart.QuickstartOptions;
import org.secretfs.failure.SecretfsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Does the main job on this machine and shows each step. */
@Command(
    name = "quickstart",
    mixinStandardHelpOptions = true,
    description = {
      "Mounts an encrypted file system on this machine whose key a key manager releases, and",
      "proves it: key manager, key, wrapped secret, LUKS2 volume, mount, audit trail, refusal while",
      "the key is disabled. Everything is in one folder. May be repeated; ends with the volume",
      "mounted.",
    })
final class QuickstartCommand implements Callable<Integer> {
  private final Output output;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = "./quickstart",
      description = "The folder for everything (default: ${DEFAULT-VALUE}).")
  private Path directory = Path.of("quickstart");

  @Option(
      names = "--mount",
      paramLabel = "DIR",
      defaultValue = "/mnt/secretfs",
      description = "Where to mount (default: ${DEFAULT-VALUE}).")
  private Path mount = Path.of("/mnt/secretfs");

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      defaultValue = "2GiB",
      description = "The size of a new volume (default: ${DEFAULT-VALUE}).")
  private String size = "2GiB";

  @Option(
      names = "--remove",
      description = "Unmount, stop the key manager, and delete the folder with all its data.")
  private boolean remove;

  QuickstartCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws SecretfsException {
    QuickstartOptions options =
        new QuickstartOptions(
            directory.toAbsolutePath().normalize(), mount.toAbsolutePath().normalize(), bytes());
    Quickstart quickstart = new Quickstart(options, output);
    if (remove) {
      quickstart.remove();
    } else {
      quickstart.run();
    }
    return ExitStatus.DONE;
  }

  private long bytes() throws CliException {
    OptionalLong bytes = Sizes.parse(size);
    if (bytes.isEmpty() || bytes.getAsLong() < QuickstartOptions.LEAST_BYTES) {
      throw new CliException(
          CliError.USAGE_WRONG,
          "--size %s: must be a size of at least 64MiB, such as 2GiB".formatted(size));
    }
    return bytes.getAsLong() / 4096 * 4096;
  }
}
