package org.secretfs.cli.luks;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.attach.Attachment;
import org.secretfs.attach.Attachments;
import org.secretfs.cli.process.Wiring;
import org.secretfs.failure.SecretfsException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How opened volumes reach the operating system. */
final class Attaching {
  @Option(
      names = "--attachment",
      paramLabel = "KIND",
      description = "dm-crypt or fuse (default: the first that this machine has).")
  private @Nullable String kind;

  @Mixin private RuntimeOption runtime = new RuntimeOption();

  Attachments all() {
    return Wiring.machine(runtime.directory()).attachments();
  }

  Attachment choose() throws SecretfsException {
    return all().choose(Optional.ofNullable(kind));
  }
}
