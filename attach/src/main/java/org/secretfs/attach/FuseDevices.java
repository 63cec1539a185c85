package org.secretfs.attach;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Block devices that processes of ours serve: each as a file through FUSE, with a loop device on
 * it.
 *
 * <p>A server survives its starter. Its traces are in {@code RUNTIME/NAME}, in the mount table and
 * in {@code /sys/block}, and that is where {@link #find} looks: nothing is kept in memory, and any
 * process with the right to do so finds and detaches what another attached.
 */
public final class FuseDevices {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);

  /** The server flushes before it ends, and a slow disk may have much to write. */
  private static final Duration ENDED_WITHIN = Duration.ofMinutes(5);

  private final Path runtimeDirectory;
  private final List<String> serverCommand;
  private final Mounts mounts;
  private final LoopDevices loops;
  private final CommandRunner runner;

  /**
   * @param runtimeDirectory absolute; made where it is missing; on a file system that a reboot
   *     empties
   * @param serverCommand the absolute path of a program and its arguments; it must call {@link
   *     DeviceServer#run}
   */
  public FuseDevices(CommandRunner runner, Path runtimeDirectory, List<String> serverCommand) {
    this.runner = runner;
    this.runtimeDirectory = runtimeDirectory;
    this.serverCommand = List.copyOf(serverCommand);
    this.mounts = new Mounts(runner);
    this.loops = new LoopDevices(runner);
  }

  /** What a server is told, once the directory is there. */
  @FunctionalInterface
  interface Telling {
    ByteBuffer[] about(Path directory);
  }

  /** As {@link Attachment#unavailableBecause}. */
  public Optional<String> unavailableBecause() {
    for (String tool : List.of("losetup", "umount", "setsid")) {
      if (runner.find(tool).isEmpty()) {
        return Optional.of(
            "'%s' (Debian package %s) is not installed"
                .formatted(tool, SystemCommandRunner.packageOf(tool)));
      }
    }
    return LibFuse.missingPart();
  }

  /**
   * Attaches a device. What a crash left of an earlier one of the name is cleaned up first.
   *
   * @return the healthy device; on failure nothing stays behind
   * @throws AttachException.Busy if one of this name is attached
   * @throws AttachException.ServerDied if the process that should serve it did not get ready
   * @throws AttachException.CommandFailed if a command of the operating system failed
   */
  public AttachedVolume attach(DeviceRequest request) throws AttachException {
    return attach(
        request.name().text(),
        request.sectorSizeBytes(),
        request.readOnly(),
        request.description(),
        directory -> new ByteBuffer[] {DeviceParameters.of(request, directory).encode()});
  }

  AttachedVolume attach(
      String name, int sectorSizeBytes, boolean readOnly, List<String> description, Telling telling)
      throws AttachException {
    try (VolumeLock _ = VolumeLock.ofName(runtimeDirectory, name)) {
      refuseIfAttached(name);
      detachLocked(name);
      RuntimeDirectory directory = directoryOf(name);
      try {
        directory.create();
        directory.noteDescription(description);
        ServerProcess.start(serverCommand, directory, telling.about(directory.path()))
            .awaitReady(READY_WITHIN);
        loops.attach(directory.volumeFile(), sectorSizeBytes, readOnly);
        return find(name)
            .filter(AttachedVolume::healthy)
            .orElseThrow(
                () -> new AttachException.ServerDied(name + ": its server ended while attaching"));
      } catch (AttachException | IOException | RuntimeException e) {
        throw cleanedUp(name, e);
      }
    }
  }

  private void refuseIfAttached(String name) throws AttachException {
    Optional<AttachedVolume> present = find(name).filter(AttachedVolume::healthy);
    if (present.isPresent()) {
      throw new AttachException.Busy(
          "volume %s is attached at %s".formatted(name, present.get().device()), List.of());
    }
  }

  private AttachException cleanedUp(String name, Exception failure) {
    AttachException result =
        failure instanceof AttachException known
            ? known
            : new AttachException.ServerDied("volume %s: %s".formatted(name, failure.getMessage()));
    try {
      detachLocked(name);
    } catch (AttachException e) {
      result.addSuppressed(e);
    }
    return result;
  }

  /** As {@link Attachment#find}. */
  public Optional<AttachedVolume> find(String name) {
    RuntimeDirectory directory = directoryOf(name);
    Optional<ProcessIdentity> server = directory.server().filter(ProcessIdentity::alive);
    boolean mounted = mounts.at(directory.mountPoint()).isPresent();
    List<Path> devices = loops.of(directory.volumeFile());
    if (server.isEmpty() && !mounted && devices.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new AttachedVolume(
            name,
            FuseAttachment.KIND,
            devices.isEmpty() ? directory.volumeFile() : devices.getFirst(),
            server.map(s -> OptionalLong.of(s.pid())).orElse(OptionalLong.empty()),
            problem(directory, server.isPresent(), mounted, devices)));
  }

  /** What was to be served under a name; empty where nothing is noted. */
  public List<String> description(String name) {
    return directoryOf(name).description();
  }

  /**
   * As {@link Attachment#parts}: the first text of the description is the data, then the header.
   */
  Optional<VolumeParts> parts(AttachedVolume volume) {
    List<String> noted = description(volume.volumeName());
    boolean isVolume = noted.size() == 2 && noted.stream().allMatch(text -> text.startsWith("/"));
    if (!isVolume || !volume.device().startsWith("/dev")) {
      return Optional.empty();
    }
    return Optional.of(
        new VolumeParts(
            Path.of(noted.getFirst()),
            Optional.of(Path.of(noted.getLast())),
            loops.isReadOnly(volume.device()),
            loops.sizeBytes(volume.device()),
            Optional.empty(),
            OptionalInt.empty()));
  }

  /** The names of all that is attached, or was and is not cleaned up, in order. */
  public List<String> names() {
    return RuntimeDirectory.namesIn(runtimeDirectory).stream()
        .filter(name -> find(name).isPresent())
        .toList();
  }

  private static Optional<String> problem(
      RuntimeDirectory directory, boolean served, boolean mounted, List<Path> devices) {
    if (!served) {
      return Optional.of("its server process has ended");
    }
    if (!mounted) {
      return Optional.of("nothing is mounted on " + directory.mountPoint());
    }
    if (devices.size() != 1) {
      return Optional.of("it has %d loop devices, not one".formatted(devices.size()));
    }
    return DeadDevices.answers(directory.volumeFile())
        ? Optional.empty()
        : Optional.of(directory.volumeFile() + " does not answer");
  }

  /** As {@link Attachment#detach}. */
  public void detach(String name) throws AttachException {
    try (VolumeLock _ = VolumeLock.ofName(runtimeDirectory, name)) {
      detachLocked(name);
    }
  }

  private void detachLocked(String name) throws AttachException {
    RuntimeDirectory directory = directoryOf(name);
    loops.detachAll(directory.volumeFile());
    endServer(name, directory);
    mounts.unmount(directory.mountPoint(), true);
    try {
      directory.remove();
    } catch (IOException e) {
      throw new AttachException.CommandFailed("remove " + directory.path(), e.toString());
    }
  }

  private static void endServer(String name, RuntimeDirectory directory) throws AttachException {
    Optional<ProcessIdentity> server = directory.server();
    if (server.isEmpty()) {
      return;
    }
    server.get().signal(false);
    if (!Waiting.until(ENDED_WITHIN, () -> !server.get().alive())) {
      throw new AttachException.Busy(
          "the server of volume %s (pid %d) did not end within %d s"
              .formatted(name, server.get().pid(), ENDED_WITHIN.toSeconds()),
          Holders.of(directory.mountPoint()));
    }
  }

  private RuntimeDirectory directoryOf(String name) {
    return RuntimeDirectory.at(runtimeDirectory.resolve(VolumeName.of(name).text()));
  }
}
