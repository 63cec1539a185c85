package org.secretfs.cli.luks;

import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.attach.Attachment;
import org.secretfs.attach.Attachments;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.process.Wiring;
import org.secretfs.failure.SecretfsException;
import picocli.CommandLine.Option;

/** How opened volumes reach the operating system. */
final class Attaching {
  @Option(
      names = "--attachment",
      paramLabel = "KIND",
      description = "dm-crypt or fuse (default: the first that this machine has).")
  private @Nullable String kind;

  @Option(
      names = "--runtime-directory",
      hidden = true,
      paramLabel = "DIR",
      description = "Where serving processes keep their mount points.")
  private Path runtimeDirectory = SecretfsConfig.DEFAULT_FILES.runtimeDirectory();

  Attachments all() {
    return Wiring.machine(runtimeDirectory.toAbsolutePath()).attachments();
  }

  Attachment choose() throws SecretfsException {
    return all().choose(Optional.ofNullable(kind));
  }
}
