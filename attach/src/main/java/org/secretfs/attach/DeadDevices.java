package org.secretfs.attach;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** Tells devices and mounts that can never answer again from those that can. */
final class DeadDevices {
  private final CommandRunner runner;

  DeadDevices(CommandRunner runner) {
    this.runner = runner;
  }

  /** Whether the server of a FUSE mount, or the device below a file system, is gone. */
  boolean isDead(MountEntry entry) throws AttachException {
    if (entry.isFuse()) {
      return !answers(entry.mountPoint());
    }
    return entry.source().startsWith("/dev/") && !readable(Path.of(entry.source()));
  }

  /** Whether the attributes of a path can be read. */
  static boolean answers(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class) != null;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the first bytes of a device or file can be read, past the cache of a device. */
  boolean readable(Path device) throws AttachException {
    List<String> words = new ArrayList<>(List.of("if=" + device, "of=/dev/null"));
    words.addAll(List.of("bs=4096", "count=1", "status=none"));
    if (!Files.isRegularFile(device)) {
      words.add("iflag=direct");
    }
    return runner.run(Command.of("dd", words)).exitStatus() == 0;
  }
}
