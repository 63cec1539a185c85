package org.secretfs.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.attach.AttachRequest;
import org.secretfs.attach.AttachedVolume;
import org.secretfs.attach.Attachment;
import org.secretfs.block.BackingFiles;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.Keeping;
import org.secretfs.keys.KeySource;
import org.secretfs.keys.NewSecret;
import org.secretfs.luks.AuthenticHeader;
import org.secretfs.luks.CryptSegment;
import org.secretfs.luks.DeviceClaim;
import org.secretfs.luks.DeviceInUseException;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.VolumeKey;

/** Opens a volume that is not attached, or makes it where its device is proven to be free. */
final class VolumeOpening {
  private final VolumeSpec volume;
  private final Machine machine;
  private final Steps steps;
  private final SourceWalk walk;
  private final boolean overExistingData;

  VolumeOpening(VolumeSpec volume, Machine machine, Steps steps, boolean overExistingData) {
    this.volume = volume;
    this.machine = machine;
    this.steps = steps;
    this.walk = new SourceWalk(volume, steps);
    this.overExistingData = overExistingData;
  }

  /** Does it; returns the attached volume. */
  AttachedVolume open() throws SecretfsException {
    Attachment attachment = machine.attachments().choose(volume.attachment());
    DeviceState state = steps.run(Step.INSPECT, this::inspect);
    refuseUnlessOurs(state);
    return state instanceof DeviceState.Luks2
        ? walk.first((source, secret) -> unlockAndAttach(source, secret, attachment))
        : make(attachment);
  }

  private AttachedVolume make(Attachment attachment) throws SecretfsException {
    KeySource source = volume.keySource();
    boolean secretIsRandom = !source.exists(volume.id());
    try (NewSecret secret = createSecret(source)) {
      makeVolume(secret, secretIsRandom);
      return unlockAndAttach(source, secret.secret(), attachment);
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

  private NewSecret createSecret(KeySource source) throws SecretfsException {
    Step step = volume.isThrowaway() ? Step.CREATE_KEY : Step.CREATE_SECRET;
    return steps.run(step, () -> source.make(volume.id()));
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

  private AttachedVolume unlockAndAttach(
      KeySource source, SecretBuffer secret, Attachment attachment) throws SecretfsException {
    Path device = volume.device().path();
    return LuksVolumes.withStorage(
        device,
        true,
        storage -> {
          Luks2Volume header = Luks2Volume.read(storage);
          Optional<AuthenticHeader> authentic =
              steps.run(
                  Step.CHECK_MANIFEST, () -> new HeaderCheck(volume, source).check(header, secret));
          CryptSegment segment = authentic.map(AuthenticHeader::segment).orElseGet(header::segment);
          try (VolumeKey key =
              steps.run(Step.UNLOCK, () -> unlock(header, source, secret, authentic))) {
            new HeaderRepair(volume, steps).repairUnlessPending(header);
            new OtherKeyslots(volume, steps).addTo(header, key, source);
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
      Luks2Volume header,
      KeySource source,
      SecretBuffer secret,
      Optional<AuthenticHeader> authentic)
      throws SecretfsException {
    try {
      return authentic.isPresent()
          ? header.unlock(secret, authentic.get().keyslot())
          : header.unlock(secret);
    } catch (LuksException.NoKeyslotOpened e) {
      throw new AgentException(
          AgentError.SECRET_DOES_NOT_OPEN,
          "volume %s: the secret from key source '%s' opens none of the %d keyslots of %s"
              .formatted(volume.name(), source.kind(), e.tried(), volume.device().path()),
          e);
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
}
