package org.secretfs.attach;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes and recognises file systems, through {@code mkfs.*} and {@code blkid}. */
public final class FileSystems {
  private static final Duration MAKE_WITHIN = Duration.ofMinutes(30);
  private static final int NOTHING_FOUND = 2;

  private final CommandRunner runner;

  public FileSystems(CommandRunner runner) {
    this.runner = runner;
  }

  /**
   * Makes a file system on a device that has nothing recognisable on it.
   *
   * @param label at most {@link FileSystemType#longestLabelBytes}
   * @param extraOptions further arguments of {@code mkfs}, the owner's own; may be empty
   * @throws AttachException.UnexpectedContent if blkid recognises anything on the device
   * @throws AttachException.Unavailable if the tool is missing; names its package
   */
  public void make(FileSystemType type, Path device, String label, List<String> extraOptions)
      throws AttachException {
    checkLabel(type, label);
    Optional<String> present = detect(device);
    if (present.isPresent()) {
      throw new AttachException.UnexpectedContent(
          "%s holds %s: no file system is made over it".formatted(device, present.get()));
    }
    List<String> words = new ArrayList<>(List.of("-q", "-L", label));
    words.addAll(extraOptions);
    words.add(device.toString());
    runner.require(Command.of("mkfs." + type.text(), words).withTimeout(MAKE_WITHIN));
  }

  /**
   * Makes a file system on a device whose maker was cut off before: what blkid recognises is wiped
   * first. For a device that is known never to have been mounted; otherwise use {@link #make}.
   *
   * @throws AttachException.Unavailable if a tool is missing; names its package
   */
  public void remake(FileSystemType type, Path device, String label) throws AttachException {
    checkLabel(type, label);
    runner.require(Command.of("wipefs", "--all", "--quiet", device.toString()));
    make(type, device, label, List.of());
  }

  private static void checkLabel(FileSystemType type, String label) {
    int bytes = label.getBytes(StandardCharsets.UTF_8).length;
    if (label.isEmpty() || label.startsWith("-") || bytes > type.longestLabelBytes()) {
      throw new IllegalArgumentException(
          "label '%s' for %s: must be 1 to %d bytes and not begin with '-'"
              .formatted(label, type.text(), type.longestLabelBytes()));
    }
  }

  /**
   * Returns what is on a device, from the device itself and not from a cache: a type as {@code
   * ext4}, {@code crypto_LUKS} or {@code LVM2_member}, or a partition table's as {@code gpt}; empty
   * where blkid recognises nothing, which is not yet proof that the device is blank.
   *
   * @throws AttachException.CommandFailed if the device cannot be read or is ambivalent
   */
  public Optional<String> detect(Path device) throws AttachException {
    Command command = Command.of("blkid", "-p", "-o", "export", device.toString());
    CommandResult result = runner.run(command);
    if (result.exitStatus() == NOTHING_FOUND && new DeadDevices(runner).readable(device)) {
      return Optional.empty();
    }
    if (result.exitStatus() != 0) {
      throw result.failure(command);
    }
    return Optional.of(typeIn(result.output()));
  }

  private static String typeIn(String export) {
    for (String key : List.of("TYPE=", "PTTYPE=")) {
      Optional<String> line = export.lines().filter(l -> l.startsWith(key)).findFirst();
      if (line.isPresent()) {
        return line.get().substring(key.length());
      }
    }
    return "unknown";
  }
}
