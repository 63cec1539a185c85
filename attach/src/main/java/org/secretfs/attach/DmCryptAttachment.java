package org.secretfs.attach;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.secretfs.luks.DeviceClaim;
import org.secretfs.luks.DeviceInUseException;

/**
 * Attaches a volume through the kernel's own dm-crypt, opened by {@code cryptsetup} with the volume
 * key on its standard input. cryptsetup hands the key to the kernel and keeps no copy.
 */
public final class DmCryptAttachment implements Attachment {
  private static final String PREFIX = "secretfs-";
  private static final int NOT_ACTIVE = 4;
  private static final int EXISTS_OR_BUSY = 5;

  private final CommandRunner runner;
  private final Path blockDevices;

  public DmCryptAttachment(CommandRunner runner) {
    this(runner, Path.of("/sys/block"));
  }

  DmCryptAttachment(CommandRunner runner, Path blockDevices) {
    this.runner = runner;
    this.blockDevices = blockDevices;
  }

  @Override
  public String kind() {
    return "dm-crypt";
  }

  @Override
  public Optional<String> unavailableBecause() {
    if (runner.find("cryptsetup").isEmpty()) {
      return Optional.of("'cryptsetup' (Debian package cryptsetup-bin) is not installed");
    }
    try {
      return hasCryptTarget()
          ? Optional.empty()
          : Optional.of("this kernel has no device-mapper with a crypt target");
    } catch (AttachException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private boolean hasCryptTarget() throws AttachException {
    if (runner.find("modprobe").isPresent()) {
      // Its failure means built in, or missing; the list of targets tells which.
      runner.run(Command.of("modprobe", "-q", "dm-crypt"));
    }
    CommandResult targets = runner.run(Command.of("dmsetup", "targets"));
    return targets.exitStatus() == 0
        && targets.output().lines().anyMatch(line -> line.startsWith("crypt "));
  }

  @Override
  public AttachedVolume attach(AttachRequest request) throws AttachException {
    if (!Files.exists(request.backing())) {
      throw new AttachException.NotFound("backing device %s".formatted(request.backing()));
    }
    if (request.inReencryption()) {
      throw new AttachException.Unavailable(
          "dm-crypt does not serve a volume in the parts of a re-encryption; 'fuse' does");
    }
    open(request);
    try {
      verify(request);
      return find(request.volumeName())
          .orElseThrow(() -> new AttachException.NotFound(device(request.volumeName()).toString()));
    } catch (AttachException e) {
      detach(request.volumeName());
      throw e;
    }
  }

  private void open(AttachRequest request) throws AttachException {
    Command command = openCommand(request);
    CommandResult result = runClaimed(request, command);
    if (result.exitStatus() == EXISTS_OR_BUSY) {
      throw new AttachException.Busy(
          "volume %s or its backing device %s is in use"
              .formatted(request.volumeName(), request.backing()),
          List.of());
    }
    if (result.exitStatus() != 0) {
      throw result.failure(command);
    }
  }

  /** A file is claimed until cryptsetup has put a loop device on it, which holds others off. */
  private CommandResult runClaimed(AttachRequest request, Command command) throws AttachException {
    if (request.readOnly()) {
      return runner.run(command);
    }
    try (DeviceClaim _ = DeviceClaim.takeIfFile(request.backing())) {
      return runner.run(command);
    } catch (DeviceInUseException e) {
      throw new AttachException.Busy(String.valueOf(e.getMessage()), List.of());
    } catch (IOException e) {
      throw new AttachException.NotFound(
          "backing device %s: %s".formatted(request.backing(), e.getMessage()));
    }
  }

  private static Command openCommand(AttachRequest request) {
    List<String> words = new ArrayList<>(List.of("open", "--batch-mode", "--type", "luks"));
    words.addAll(List.of("--volume-key-file", "/dev/stdin"));
    // A header without keyslots does not say how long the key is.
    words.addAll(List.of("--key-size", Integer.toString(request.volumeKey().length() * Byte.SIZE)));
    if (request.readOnly()) {
      words.add("--readonly");
    }
    if (request.discards()) {
      words.add("--allow-discards");
    }
    if (!request.header().equals(request.backing())) {
      words.addAll(List.of("--header", request.header().toString()));
    }
    words.addAll(List.of(request.backing().toString(), PREFIX + request.volumeName()));
    return Command.of("cryptsetup", words).withStandardInput(request.volumeKey());
  }

  /**
   * The header was read twice, by us and by cryptsetup: what the kernel got must be what we saw.
   */
  private void verify(AttachRequest request) throws AttachException {
    String status =
        runner.require(Command.of("cryptsetup", "status", PREFIX + request.volumeName()));
    MappingStatus.parse(status).check(request.volumeName(), request.segment());
  }

  @Override
  public Optional<AttachedVolume> find(String volumeName) {
    String mapping = PREFIX + VolumeName.of(volumeName);
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(blockDevices, "dm-*")) {
      for (Path entry : devices) {
        if (attribute(entry, "dm/name").equals(mapping)) {
          return Optional.of(describe(volumeName, entry));
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new IllegalStateException(blockDevices + " cannot be read", e);
    }
  }

  @Override
  public Optional<VolumeParts> parts(AttachedVolume volume) throws AttachException {
    Command command = Command.of("cryptsetup", "status", PREFIX + volume.volumeName());
    CommandResult result = runner.run(command);
    return switch (result.exitStatus()) {
      case 0 -> MappingStatus.parse(result.output()).parts();
      case NOT_ACTIVE -> Optional.empty();
      default -> throw result.failure(command);
    };
  }

  private AttachedVolume describe(String volumeName, Path entry) {
    Optional<String> problem =
        attribute(entry, "dm/suspended").equals("1")
            ? Optional.of("the mapping is suspended")
            : Optional.empty();
    return new AttachedVolume(
        volumeName, kind(), device(volumeName), OptionalLong.empty(), problem);
  }

  private static String attribute(Path device, String name) {
    try {
      byte[] value = Files.readAllBytes(device.resolve(name));
      return new String(value, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private static Path device(String volumeName) {
    return Path.of("/dev/mapper", PREFIX + volumeName);
  }

  @Override
  public void detach(String volumeName) throws AttachException {
    if (find(volumeName).isEmpty()) {
      return;
    }
    Command command = Command.of("cryptsetup", "close", PREFIX + volumeName);
    CommandResult result = runner.run(command);
    switch (result.exitStatus()) {
      case 0, NOT_ACTIVE -> {}
      case EXISTS_OR_BUSY ->
          throw new AttachException.Busy(
              device(volumeName) + " is in use", Holders.of(device(volumeName)));
      default -> throw result.failure(command);
    }
  }
}
