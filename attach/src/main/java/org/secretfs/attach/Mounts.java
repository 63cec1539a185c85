package org.secretfs.attach;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The mount table of this process' namespace, read anew on each call, and changes to it. */
public final class Mounts {
  private static final Path TABLE = Path.of("/proc/self/mountinfo");

  private final CommandRunner runner;

  public Mounts(CommandRunner runner) {
    this.runner = runner;
  }

  /** All mounts in the order they were made. */
  public List<MountEntry> all() {
    try {
      return MountEntry.parseAll(Files.readAllBytes(TABLE));
    } catch (IOException e) {
      throw new IllegalStateException(TABLE + " cannot be read", e);
    }
  }

  /** What is mounted on this very directory; the topmost where several are. */
  public Optional<MountEntry> at(Path directory) {
    Path normal = directory.toAbsolutePath().normalize();
    return all().reversed().stream().filter(m -> m.mountPoint().equals(normal)).findFirst();
  }

  /** Where this device is mounted, in the order it was. */
  public List<MountEntry> of(Path device) {
    String source = device.toString();
    return all().stream().filter(m -> m.source().equals(source)).toList();
  }

  /**
   * Mounts a device.
   *
   * @param directory absolute and there
   * @param options as after {@code mount -o}; may be empty
   * @throws AttachException.NotFound if the directory is not there
   * @throws AttachException.Busy if something is mounted on the directory already
   * @throws AttachException.CommandFailed if the kernel refused
   */
  public void mount(Path device, Path directory, String type, List<String> options)
      throws AttachException {
    if (!Files.isDirectory(directory)) {
      throw new AttachException.NotFound("mount point %s is no directory".formatted(directory));
    }
    Optional<MountEntry> present = at(directory);
    if (present.isPresent()) {
      throw new AttachException.Busy(
          "%s has %s mounted on it".formatted(directory, present.get().source()), List.of());
    }
    String list = options.isEmpty() ? "defaults" : String.join(",", options);
    runner.require(
        Command.of("mount", "-t", type, "-o", list, device.toString(), directory.toString()));
  }

  /**
   * Unmounts what is mounted on a directory; does nothing where nothing is.
   *
   * @param lazyIfDead whether a file system whose device no longer answers is taken out of the tree
   *     even while processes hold it; nothing more can be written to it then
   * @throws AttachException.Busy if processes use it; lists some of them
   */
  public void unmount(Path directory, boolean lazyIfDead) throws AttachException {
    Optional<MountEntry> entry = at(directory);
    if (entry.isEmpty()) {
      return;
    }
    Command command = Command.of("umount", directory.toString());
    CommandResult result = runner.run(command);
    if (result.exitStatus() == 0 || at(directory).isEmpty()) {
      return;
    }
    if (lazyIfDead && new DeadDevices(runner).isDead(entry.get())) {
      runner.require(Command.of("umount", "-l", directory.toString()));
      return;
    }
    throw unmountFailure(directory, command, result);
  }

  private static AttachException unmountFailure(
      Path directory, Command command, CommandResult result) {
    if (result.errors().contains("busy")) {
      return new AttachException.Busy(directory + " is in use", Holders.of(directory));
    }
    return result.failure(command);
  }
}
