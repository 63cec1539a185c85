package org.secretfs.agent;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.secretfs.attach.AttachedVolume;

/**
 * Finds out whether an attached volume is on the device that its configuration names. Names are not
 * enough: two configurations, or a header that somebody wrote, may use one name for two devices.
 */
final class Backings {
  private Backings() {}

  /**
   * Refuses a healthy attached volume of the same name on another device.
   *
   * @throws AgentException with {@link AgentError#NAME_TAKEN}
   */
  static void requireSame(VolumeSpec volume, AttachedVolume attached) throws AgentException {
    if (attached.healthy() && !isOn(attached, volume.device().path())) {
      throw new AgentException(
          AgentError.NAME_TAKEN,
          "volume %s: a volume of this name is attached as %s, and not from %s"
              .formatted(volume.name(), attached.device(), volume.device().path()));
    }
  }

  static boolean isOn(AttachedVolume attached, Path device) throws AgentException {
    try {
      return attached.serverPid().isPresent()
          ? hasOpen(attached.serverPid().getAsLong(), device)
          : isMappedFrom(attached.device(), device);
    } catch (IOException e) {
      throw new AgentException(
          AgentError.DEVICE_UNREADABLE,
          "what %s is attached from cannot be found out: %s".formatted(attached.device(), e),
          e);
    }
  }

  private static boolean hasOpen(long pid, Path device) throws IOException {
    Path wanted = device.toRealPath();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "fd"))) {
      for (Path file : files) {
        if (Files.exists(file) && Files.isSameFile(file, wanted)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean isMappedFrom(Path mapping, Path device) throws IOException {
    Path sys = Path.of("/sys/class/block").resolve(mapping.toRealPath().getFileName());
    Path wanted = device.toRealPath();
    try (DirectoryStream<Path> slaves = Files.newDirectoryStream(sys.resolve("slaves"))) {
      for (Path slave : slaves) {
        if (isSlave(slave, wanted)) {
          return true;
        }
      }
    }
    return false;
  }

  /** A file is mapped through a loop device, which knows its backing file. */
  private static boolean isSlave(Path slave, Path wanted) throws IOException {
    Path backingFile = slave.resolve("loop/backing_file");
    return Files.exists(backingFile)
        ? Path.of(Files.readString(backingFile).strip()).equals(wanted)
        : slave.getFileName().equals(wanted.getFileName());
  }
}
