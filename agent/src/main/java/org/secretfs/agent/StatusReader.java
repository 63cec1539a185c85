package org.secretfs.agent;

import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.agent.VolumeStatus.Header;
import org.secretfs.agent.VolumeStatus.State;
import org.secretfs.attach.AttachedVolume;
import org.secretfs.attach.MountEntry;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.Luks2Volume;

/** Finds out how a volume fares, from the operating system and the header. Changes nothing. */
final class StatusReader {
  private final Machine machine;
  private final FailureNotes failures;

  StatusReader(Machine machine, FailureNotes failures) {
    this.machine = machine;
    this.failures = failures;
  }

  VolumeStatus read(VolumeSpec volume) throws SecretfsException {
    Optional<AttachedVolume> attached = machine.attachments().find(volume.name());
    Finding finding = attached.isPresent() ? ofAttached(volume, attached.get()) : ofDevice(volume);
    return new VolumeStatus(
        volume.name(),
        finding.state(),
        attached.flatMap(this::mountPoint).orElse(volume.mount()),
        attached.map(AttachedVolume::kind),
        volume.device().path(),
        attached.map(AttachedVolume::device),
        header(volume),
        volume.keySourceKinds(),
        finding.reason());
  }

  private Optional<Path> mountPoint(AttachedVolume attached) {
    return machine.mounts().of(attached.device()).stream().map(MountEntry::mountPoint).findFirst();
  }

  private Finding ofAttached(VolumeSpec volume, AttachedVolume attached) {
    if (!attached.healthy()) {
      return new Finding(State.FAILED, attached.unhealthyBecause());
    }
    try {
      Backings.requireSame(volume, attached);
    } catch (AgentException e) {
      return new Finding(State.FAILED, Optional.ofNullable(e.getMessage()));
    }
    boolean mounted =
        machine.mounts().of(attached.device()).stream()
            .anyMatch(mount -> mount.mountPoint().equals(volume.mount()));
    return mounted ? new Finding(State.MOUNTED, Optional.empty()) : withFailure(volume, State.OPEN);
  }

  private Finding ofDevice(VolumeSpec volume) {
    try {
      DeviceState state =
          new EarlierThrowaway(volume).judge(DeviceInspector.inspect(volume.device()));
      return switch (state) {
        case DeviceState.Absent absent -> withFailure(volume, State.ABSENT);
        case DeviceState.Blank blank -> withFailure(volume, State.ABSENT);
        case DeviceState.Discarded discarded -> withFailure(volume, State.ABSENT);
        case DeviceState.OtherVolume other ->
            new Finding(State.FAILED, Optional.of("the device holds " + other.why()));
        case DeviceState.Luks2 luks -> withFailure(volume, State.CLOSED);
        case DeviceState.Foreign foreign ->
            new Finding(State.FAILED, Optional.of("the device holds " + foreign.what()));
        case DeviceState.Unusable unusable ->
            new Finding(State.FAILED, Optional.of(unusable.why()));
      };
    } catch (SecretfsException e) {
      State state = e.code() == AgentError.DEVICE_MISSING ? State.ABSENT : State.FAILED;
      return new Finding(state, Optional.ofNullable(e.getMessage()));
    }
  }

  private Finding withFailure(VolumeSpec volume, State otherwise) {
    Optional<String> failure = failures.last(volume.name());
    return new Finding(failure.isPresent() ? State.FAILED : otherwise, failure);
  }

  private static Optional<Header> header(VolumeSpec volume) {
    try {
      return Optional.of(
          LuksVolumes.withStorage(
              volume.device().path(), false, storage -> headerOf(Luks2Volume.read(storage))));
    } catch (SecretfsException e) {
      // What is wrong with the device is the state's part to tell.
      return Optional.empty();
    }
  }

  private static Header headerOf(Luks2Volume volume) {
    return new Header(
        "LUKS2",
        volume.uuid(),
        volume.segment().cipher(),
        volume.segment().sectorSize(),
        volume.repairReason());
  }

  private record Finding(State state, Optional<String> reason) {}
}
