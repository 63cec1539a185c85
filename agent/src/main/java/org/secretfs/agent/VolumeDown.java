package org.secretfs.agent;

import java.util.Optional;
import org.secretfs.attach.AttachedVolume;
import org.secretfs.attach.MountEntry;
import org.secretfs.failure.SecretfsException;

/** Takes one volume down, from whatever state it is in. */
final class VolumeDown {
  private final VolumeSpec volume;
  private final Machine machine;
  private final Steps steps;

  VolumeDown(VolumeSpec volume, Machine machine, Steps steps) {
    this.volume = volume;
    this.machine = machine;
    this.steps = steps;
  }

  /** Does what is left to do; returns whether anything was. */
  boolean run() throws SecretfsException {
    Optional<AttachedVolume> present = machine.attachments().find(volume.name());
    if (present.isEmpty()) {
      return false;
    }
    Backings.requireSame(volume, present.get());
    steps.perform(Step.UNMOUNT, () -> unmountAll(machine, present.get()));
    steps.perform(Step.DETACH, () -> machine.attachments().detach(volume.name()));
    return true;
  }

  /** Removes the mounts and the attachment, dead or alive. */
  static void takeAway(VolumeSpec volume, Machine machine, AttachedVolume present)
      throws SecretfsException {
    unmountAll(machine, present);
    machine.attachments().detach(volume.name());
  }

  private static void unmountAll(Machine machine, AttachedVolume present) throws SecretfsException {
    for (MountEntry mount : machine.mounts().of(present.device()).reversed()) {
      machine.mounts().unmount(mount.mountPoint(), true);
    }
  }
}
