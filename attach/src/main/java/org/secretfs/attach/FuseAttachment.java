package org.secretfs.attach;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Attaches a volume without device-mapper: a process of ours decrypts and serves it as one of
 * {@link FuseDevices}. It gets the volume key on its standard input.
 */
public final class FuseAttachment implements Attachment {
  static final String KIND = "fuse";

  private final FuseDevices devices;

  /**
   * @param runtimeDirectory absolute; made where it is missing; on a file system that a reboot
   *     empties
   * @param serverCommand the absolute path of a program and its arguments; it must call {@link
   *     VolumeServer#run}
   */
  public FuseAttachment(CommandRunner runner, Path runtimeDirectory, List<String> serverCommand) {
    this.devices = new FuseDevices(runner, runtimeDirectory, serverCommand);
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public Optional<String> unavailableBecause() {
    return devices.unavailableBecause();
  }

  @Override
  public AttachedVolume attach(AttachRequest request) throws AttachException {
    if (!Files.exists(request.backing())) {
      throw new AttachException.NotFound("backing device %s".formatted(request.backing()));
    }
    return devices.attach(
        request.volumeName(),
        request.segment().sectorSize(),
        request.readOnly(),
        List.of(request.backing().toString(), request.header().toString()),
        directory ->
            new ByteBuffer[] {
              ServerParameters.of(request, directory).encode(),
              request.volumeKey().segment().asByteBuffer()
            });
  }

  @Override
  public Optional<AttachedVolume> find(String volumeName) {
    return devices.find(volumeName);
  }

  @Override
  public Optional<VolumeParts> parts(AttachedVolume volume) {
    return devices.parts(volume);
  }

  @Override
  public void detach(String volumeName) throws AttachException {
    devices.detach(volumeName);
  }
}
