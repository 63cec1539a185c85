package org.secretfs.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.attach.AttachRequest;
import org.secretfs.attach.AttachedVolume;
import org.secretfs.attach.Attachment;
import org.secretfs.attach.MountEntry;
import org.secretfs.block.BackingFiles;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.Keeping;
import org.secretfs.keys.NewSecret;
import org.secretfs.luks.AuthenticHeader;
import org.secretfs.luks.CryptSegment;
import org.secretfs.luks.DeviceClaim;
import org.secretfs.luks.DeviceInUseException;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.SecretfsToken.Filesystem;
import org.secretfs.luks.VolumeKey;

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
      useOrTakeAway(open());
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

  private AttachedVolume open() throws SecretfsException {
    Attachment attachment = machine.attachments().choose(volume.attachment());
    DeviceState state = steps.run(Step.INSPECT, this::inspect);
    refuseUnlessOurs(state);
    if (state instanceof DeviceState.Luks2) {
      try (SecretBuffer secret = obtainSecret()) {
        return unlockAndAttach(secret, attachment);
      }
    }
    boolean secretIsRandom = !volume.keySource().exists(volume.id());
    try (NewSecret secret = createSecret()) {
      makeVolume(secret, secretIsRandom);
      return unlockAndAttach(secret.secret(), attachment);
    }
  }

  private DeviceState inspect() throws SecretfsException {
    return new EarlierThrowaway(volume).judge(DeviceInspector.inspect(volume.device()));
  }

  private void makeVolume(NewSecret secret, boolean secretIsRandom) throws SecretfsException {
    if (volume.device() instanceof DeviceSpec.BackingFile file) {
      steps.perform(Step.CREATE_FILE, () -> makeFile(file));
    }
    try (DeviceClaim _ = DeviceClaim.take(volume.device().path())) {
      formatIfStillOurs(secret, secretIsRandom);
    } catch (DeviceInUseException e) {
      throw new AgentException(
          AgentError.DEVICE_IN_USE, "volume %s: %s".formatted(volume.name(), e.getMessage()), e);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /**
   * Looks once more, because obtaining the secret may have taken long: what was blank may hold a
   * volume by now. From that look to the end of the format nobody else can take the device.
   */
  private void formatIfStillOurs(NewSecret secret, boolean secretIsRandom)
      throws SecretfsException {
    DeviceState state = inspect();
    refuseUnlessOurs(state);
    if (state instanceof DeviceState.Luks2) {
      throw new AgentException(
          AgentError.DEVICE_CHANGED,
          "volume %s: %s got a LUKS volume while its secret was made"
              .formatted(volume.name(), volume.device().path()));
    }
    steps.perform(Step.FORMAT, () -> LuksVolumes.format(volume, secret, secretIsRandom));
  }

  private static void makeFile(DeviceSpec.BackingFile file) throws AgentException {
    try {
      BackingFiles.make(file.path(), file.sizeBytes());
    } catch (IOException e) {
      throw new AgentException(
          AgentError.DEVICE_UNREADABLE,
          "backing file %s of %d bytes cannot be made: %s"
              .formatted(file.path(), file.sizeBytes(), e),
          e);
    }
  }

  private SecretBuffer obtainSecret() throws SecretfsException {
    return steps.run(Step.OBTAIN_SECRET, () -> volume.keySource().obtain(volume.id()));
  }

  private NewSecret createSecret() throws SecretfsException {
    Step step = volume.isThrowaway() ? Step.CREATE_KEY : Step.CREATE_SECRET;
    return steps.run(step, () -> volume.keySource().make(volume.id()));
  }

  /** The one place that decides whether a device may be formatted. */
  private void refuseUnlessOurs(DeviceState state) throws AgentException {
    if (state instanceof DeviceState.OtherVolume other) {
      throw new AgentException(
          AgentError.DEVICE_HOLDS_VOLUME,
          "volume %s: %s holds %s, and no volume is ever formatted over"
              .formatted(volume.name(), volume.device().path(), other.why()));
    }
    if (overExistingData) {
      return;
    }
    switch (state) {
      case DeviceState.Foreign foreign ->
          throw new AgentException.NotBlank(
              volume.name(),
              "volume %s: %s is not blank and not LUKS: it holds %s"
                  .formatted(volume.name(), volume.device().path(), foreign.what()));
      case DeviceState.Unusable unusable ->
          throw new AgentException(
              unusable.code(), "volume %s: %s".formatted(volume.name(), unusable.why()));
      case DeviceState.Absent absent -> {}
      case DeviceState.Blank blank -> {}
      case DeviceState.Luks2 luks -> {}
      case DeviceState.Discarded discarded -> {}
      case DeviceState.OtherVolume other -> {}
    }
  }

  private AttachedVolume unlockAndAttach(SecretBuffer secret, Attachment attachment)
      throws SecretfsException {
    Path device = volume.device().path();
    return LuksVolumes.withStorage(
        device,
        true,
        storage -> {
          Luks2Volume header = Luks2Volume.read(storage);
          Optional<AuthenticHeader> authentic =
              steps.run(Step.CHECK_MANIFEST, () -> new HeaderCheck(volume).check(header, secret));
          CryptSegment segment = authentic.map(AuthenticHeader::segment).orElseGet(header::segment);
          try (VolumeKey key = steps.run(Step.UNLOCK, () -> unlock(header, secret, authentic))) {
            repairUnlessPending(header);
            dropKeyslot(header);
            AttachRequest request =
                AttachRequest.of(volume.name(), device.toAbsolutePath(), key.secret(), segment);
            return steps.run(Step.ATTACH, () -> attachment.attach(request));
          }
        });
  }

  /** From here on the volume key is in memory only. */
  private void dropKeyslot(Luks2Volume header) throws SecretfsException {
    if (volume.keySource().keeping() == Keeping.NOWHERE) {
      steps.perform(
          Step.DROP_KEYSLOT,
          () -> {
            try {
              header.erase();
            } catch (IOException e) {
              throw unreadable(e);
            }
          });
    }
  }

  private VolumeKey unlock(
      Luks2Volume header, SecretBuffer secret, Optional<AuthenticHeader> authentic)
      throws SecretfsException {
    try {
      return authentic.isPresent()
          ? header.unlock(secret, authentic.get().keyslot())
          : header.unlock(secret);
    } catch (LuksException.NoKeyslotOpened e) {
      throw new AgentException(
          AgentError.SECRET_DOES_NOT_OPEN,
          "volume %s: the secret from key source '%s' opens none of the %d keyslots of %s"
              .formatted(
                  volume.name(), volume.keySource().kind(), e.tried(), volume.device().path()),
          e);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private void repair(Luks2Volume header) throws SecretfsException {
    try {
      header.repair();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private AgentException unreadable(IOException e) {
    return new AgentException(
        AgentError.DEVICE_UNREADABLE,
        "volume %s: device %s failed: %s".formatted(volume.name(), volume.device().path(), e),
        e);
  }

  private void makePendingFileSystem(AttachedVolume attached) throws SecretfsException {
    Path device = volume.device().path();
    Luks2Volume header =
        LuksVolumes.withStorage(
            device,
            true,
            storage -> {
              Luks2Volume read = Luks2Volume.read(storage);
              repairUnlessPending(read);
              return read;
            });
    if (!isPending(header)) {
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

  private static boolean isPending(Luks2Volume header) throws LuksException {
    return LuksVolumes.token(header)
        .flatMap(token -> token.getValue().filesystem())
        .filter(noted -> noted.state() == Filesystem.State.PENDING)
        .isPresent();
  }

  /**
   * Rewrites a damaged or stale copy of the header. Not where the good copy says that the file
   * system is pending: it may be the older one, and the repair would hide that.
   */
  private void repairUnlessPending(Luks2Volume header) throws SecretfsException {
    if (header.needsRepair() && !isPending(header)) {
      steps.perform(Step.REPAIR, () -> repair(header));
    }
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
