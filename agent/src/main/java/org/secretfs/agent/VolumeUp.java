package org.secretfs.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.attach.AttachedVolume;
import org.secretfs.attach.MountEntry;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.SecretfsToken.Filesystem;

/**
 * Brings one volume up, from whatever state it is in. Every step can be repeated, so a run that was
 * cut off at any point is finished by the next.
 */
final class VolumeUp {
  private final VolumeSpec volume;
  private final Machine machine;
  private final Steps steps;
  private final AgentAudit audit;
  private final boolean overExistingData;

  VolumeUp(
      VolumeSpec volume, Machine machine, Steps steps, AgentAudit audit, boolean overExistingData) {
    this.volume = volume;
    this.machine = machine;
    this.steps = steps;
    this.audit = audit;
    this.overExistingData = overExistingData;
  }

  /** Does what is left to do; returns whether anything was. */
  boolean run() throws SecretfsException {
    cleanUpRemains();
    Optional<AttachedVolume> present = machine.attachments().find(volume.name());
    if (present.isPresent()) {
      Backings.requireSame(volume, present.get());
    }
    Optional<MountEntry> mounted = machine.mounts().at(volume.mount());
    if (present.isPresent() && mounted.isPresent() && isOn(mounted.get(), present.get())) {
      return false;
    }
    refuseTakenMountPoint(mounted);
    if (present.isPresent()) {
      use(present.get());
    } else {
      useOrTakeAway(new VolumeOpening(volume, machine, steps, overExistingData).open());
    }
    return true;
  }

  private void use(AttachedVolume attached) throws SecretfsException {
    makePendingFileSystem(attached);
    // Before the mount: what cannot be recorded is not mounted.
    steps.perform(Step.RECORD, () -> audit.volumeMounted(volume));
    steps.perform(Step.MOUNT, () -> mount(attached));
  }

  /** A volume that cannot be mounted does not stay open: its key would be in memory for nothing. */
  private void useOrTakeAway(AttachedVolume attached) throws SecretfsException {
    try {
      use(attached);
    } catch (SecretfsException e) {
      try {
        VolumeDown.takeAway(volume, machine, attached);
      } catch (SecretfsException alsoFailed) {
        e.addSuppressed(alsoFailed);
      }
      throw e;
    }
  }

  private static boolean isOn(MountEntry mount, AttachedVolume attached) {
    return mount.source().equals(attached.device().toString());
  }

  private void refuseTakenMountPoint(Optional<MountEntry> mounted) throws AgentException {
    if (mounted.isPresent()) {
      throw new AgentException(
          AgentError.MOUNT_POINT_TAKEN,
          "volume %s: %s is the mount point of %s already"
              .formatted(volume.name(), volume.mount(), mounted.get().source()));
    }
  }

  private void cleanUpRemains() throws SecretfsException {
    Optional<AttachedVolume> present = machine.attachments().find(volume.name());
    if (present.isPresent() && !present.get().healthy()) {
      steps.perform(Step.CLEAN_UP, () -> VolumeDown.takeAway(volume, machine, present.get()));
    }
  }

  private void makePendingFileSystem(AttachedVolume attached) throws SecretfsException {
    Path device = volume.device().path();
    Luks2Volume header =
        LuksVolumes.withStorage(
            device,
            true,
            storage -> {
              Luks2Volume read = Luks2Volume.read(storage);
              new HeaderRepair(volume, steps).repairUnlessPending(read);
              return read;
            });
    if (!LuksVolumes.isPending(header)) {
      return;
    }
    refuseDoubtfulPending(header, attached);
    steps.perform(
        Step.MAKE_FILE_SYSTEM,
        () ->
            machine
                .fileSystems()
                .remake(volume.fileSystem(), attached.device(), fileSystemLabel()));
    Filesystem made = new Filesystem(volume.fileSystem().text(), Filesystem.State.MADE);
    steps.perform(Step.RECORD_FILE_SYSTEM, () -> LuksVolumes.recordFileSystem(device, made));
  }

  /**
   * With one copy damaged, "pending" may be the older of two truths: a crash between the updates of
   * the copies leaves one that says so although the file system is made. So what is there stays.
   */
  private void refuseDoubtfulPending(Luks2Volume header, AttachedVolume attached)
      throws SecretfsException {
    Optional<String> found = machine.fileSystems().detect(attached.device());
    if (header.needsRepair() && found.isPresent()) {
      throw new AgentException(
          AgentError.FILE_SYSTEM_UNEXPECTED,
          "volume %s: one header copy is damaged and the other says that no file system was made,"
                  .formatted(volume.name())
              + " but %s holds %s".formatted(attached.device(), found.get()));
    }
  }

  private String fileSystemLabel() {
    String name = volume.name();
    return name.substring(0, Math.min(name.length(), volume.fileSystem().longestLabelBytes()));
  }

  private void mount(AttachedVolume attached) throws SecretfsException {
    String expected = volume.fileSystem().text();
    String found = machine.fileSystems().detect(attached.device()).orElse("nothing recognisable");
    if (!found.equals(expected)) {
      throw new AgentException(
          AgentError.FILE_SYSTEM_UNEXPECTED,
          "volume %s: expected %s on the opened volume %s but it holds %s"
              .formatted(volume.name(), expected, attached.device(), found));
    }
    try {
      Files.createDirectories(volume.mount());
    } catch (IOException e) {
      throw new AgentException(
          AgentError.STATE_UNWRITABLE,
          "mount point %s cannot be made: %s".formatted(volume.mount(), e),
          e);
    }
    machine.mounts().mount(attached.device(), volume.mount(), expected, volume.mountOptions());
  }
}
