package org.secretfs.agent;

import java.io.IOException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.Luks2Volume;

/** Rewrites a damaged or stale copy of a header from the good one. */
final class HeaderRepair {
  private final VolumeSpec volume;
  private final Steps steps;

  HeaderRepair(VolumeSpec volume, Steps steps) {
    this.volume = volume;
    this.steps = steps;
  }

  /**
   * Repairs, but not where the good copy says that the file system is pending: it may be the older
   * one, and the repair would hide that.
   */
  void repairUnlessPending(Luks2Volume header) throws SecretfsException {
    if (header.needsRepair() && !LuksVolumes.isPending(header)) {
      steps.perform(Step.REPAIR, () -> repair(header));
    }
  }

  private void repair(Luks2Volume header) throws SecretfsException {
    try {
      header.repair();
    } catch (IOException e) {
      throw new AgentException(
          AgentError.DEVICE_UNREADABLE,
          "volume %s: device %s failed: %s".formatted(volume.name(), volume.device().path(), e),
          e);
    }
  }
}
