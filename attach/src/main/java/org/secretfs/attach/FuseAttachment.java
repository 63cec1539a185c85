package org.secretfs.attach;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Attaches a volume without device-mapper: a process of ours decrypts and serves it as a file
 * through FUSE, and a loop device makes a block device of that file.
 *
 * <p>The process survives its starter. Its traces are in {@code RUNTIME/NAME}, in the mount table
 * and in {@code /sys/block}, and that is where {@link #find} looks.
 */
public final class FuseAttachment implements Attachment {
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
   *     VolumeServer#run}
   */
  public FuseAttachment(CommandRunner runner, Path runtimeDirectory, List<String> serverCommand) {
    this.runner = runner;
    this.runtimeDirectory = runtimeDirectory;
    this.serverCommand = List.copyOf(serverCommand);
    this.mounts = new Mounts(runner);
    this.loops = new LoopDevices(runner);
  }

  @Override
  public String kind() {
    return "fuse";
  }

  @Override
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

  @Override
  public AttachedVolume attach(AttachRequest request) throws AttachException {
    if (!Files.exists(request.backing())) {
      throw new AttachException.NotFound("backing device %s".formatted(request.backing()));
    }
    try (VolumeLock _ = lock(request.volumeName())) {
      refuseIfAttached(request.volumeName());
      detachLocked(request.volumeName());
      return attachLocked(request);
    }
  }

  private void refuseIfAttached(String volumeName) throws AttachException {
    Optional<AttachedVolume> present = find(volumeName).filter(AttachedVolume::healthy);
    if (present.isPresent()) {
      throw new AttachException.Busy(
          "volume %s is attached at %s".formatted(volumeName, present.get().device()), List.of());
    }
  }

  private AttachedVolume attachLocked(AttachRequest request) throws AttachException {
    RuntimeDirectory directory = directoryOf(request.volumeName());
    try {
      directory.create();
      ServerProcess.start(serverCommand, request, directory).awaitReady(READY_WITHIN);
      loops.attach(directory.volumeFile(), request.segment().sectorSize(), request.readOnly());
      return find(request.volumeName())
          .filter(AttachedVolume::healthy)
          .orElseThrow(() -> new AttachException.ServerDied(request + " ended while attaching"));
    } catch (AttachException | IOException | RuntimeException e) {
      throw cleanedUp(request.volumeName(), e);
    }
  }

  private AttachException cleanedUp(String volumeName, Exception failure) {
    AttachException result =
        failure instanceof AttachException known
            ? known
            : new AttachException.ServerDied(
                "volume %s: %s".formatted(volumeName, failure.getMessage()));
    try {
      detachLocked(volumeName);
    } catch (AttachException e) {
      result.addSuppressed(e);
    }
    return result;
  }

  @Override
  public Optional<AttachedVolume> find(String volumeName) {
    RuntimeDirectory directory = directoryOf(volumeName);
    Optional<ProcessIdentity> server = directory.server().filter(ProcessIdentity::alive);
    boolean mounted = mounts.at(directory.mountPoint()).isPresent();
    List<Path> devices = loops.of(directory.volumeFile());
    if (server.isEmpty() && !mounted && devices.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new AttachedVolume(
            volumeName,
            kind(),
            devices.isEmpty() ? directory.volumeFile() : devices.getFirst(),
            server.map(s -> OptionalLong.of(s.pid())).orElse(OptionalLong.empty()),
            problem(directory, server.isPresent(), mounted, devices)));
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

  @Override
  public void detach(String volumeName) throws AttachException {
    try (VolumeLock _ = lock(volumeName)) {
      detachLocked(volumeName);
    }
  }

  private void detachLocked(String volumeName) throws AttachException {
    RuntimeDirectory directory = directoryOf(volumeName);
    loops.detachAll(directory.volumeFile());
    endServer(volumeName, directory);
    mounts.unmount(directory.mountPoint(), true);
    try {
      directory.remove();
    } catch (IOException e) {
      throw new AttachException.CommandFailed("remove " + directory.path(), e.toString());
    }
  }

  private static void endServer(String volumeName, RuntimeDirectory directory)
      throws AttachException {
    Optional<ProcessIdentity> server = directory.server();
    if (server.isEmpty()) {
      return;
    }
    server.get().signal(false);
    if (!Waiting.until(ENDED_WITHIN, () -> !server.get().alive())) {
      throw new AttachException.Busy(
          "the server of volume %s (pid %d) did not end within %d s"
              .formatted(volumeName, server.get().pid(), ENDED_WITHIN.toSeconds()),
          Holders.of(directory.mountPoint()));
    }
  }

  private RuntimeDirectory directoryOf(String volumeName) {
    return RuntimeDirectory.at(runtimeDirectory.resolve(VolumeName.of(volumeName).text()));
  }

  private VolumeLock lock(String volumeName) throws AttachException {
    try {
      Files.createDirectories(runtimeDirectory);
      Path file = runtimeDirectory.resolve("." + VolumeName.of(volumeName) + ".lock");
      return VolumeLock.tryCreate(file)
          .orElseThrow(() ->
              new AttachException.Busy(
                  "volume %s is just being attached or detached".formatted(volumeName), List.of()));
    } catch (IOException e) {
      throw new AttachException.NotFound("runtime directory: " + e);
    }
  }
}
