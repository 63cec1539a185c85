package org.secretfs.agent;

import java.time.Clock;
import org.secretfs.failure.SecretfsException;

/**
 * Brings volumes up and down and tells how they fare. Safe for use by several threads and
 * processes: changes of one volume wait for one another.
 */
public final class Agent {
  private final StateFiles files;
  private final Machine machine;
  private final StepListener listener;
  private final AgentAudit audit;
  private final FailureNotes failures;

  public Agent(
      StateFiles files, Machine machine, AgentAudit audit, Clock clock, StepListener listener) {
    this.files = files;
    this.machine = machine;
    this.listener = listener;
    this.audit = audit;
    this.failures = new FailureNotes(files, clock);
  }

  /**
   * Brings a volume up: mounted when this returns, whatever state it was in before.
   *
   * @param overExistingData whether a device that holds something else may be formatted; the
   *     owner's explicit word for this one time
   * @return whether there was anything to do
   * @throws SecretfsException if it is not mounted; the next call goes on from where this ended
   */
  public boolean up(VolumeSpec volume, boolean overExistingData) throws SecretfsException {
    try (VolumeLock _ = VolumeLock.acquire(files, volume.name())) {
      boolean changed = new VolumeUp(volume, machine, steps(volume), audit, overExistingData).run();
      failures.forget(volume.name());
      return changed;
    } catch (AgentAudit.Unrecorded e) {
      failures.note(volume.name(), e.reason());
      throw e.reason();
    } catch (SecretfsException e) {
      failures.note(volume.name(), e);
      audit.volumeFailed(volume, e);
      throw e;
    }
  }

  /**
   * Takes a volume down: unmounted, detached and its key gone when this returns.
   *
   * @return whether there was anything to do
   */
  public boolean down(VolumeSpec volume) throws SecretfsException {
    try (VolumeLock _ = VolumeLock.acquire(files, volume.name())) {
      boolean changed = new VolumeDown(volume, machine, steps(volume)).run();
      failures.forget(volume.name());
      if (changed) {
        steps(volume).perform(Step.RECORD, () -> audit.volumeClosed(volume));
      }
      return changed;
    }
  }

  /** Tells how a volume fares. Changes nothing and asks no key source. */
  public VolumeStatus status(VolumeSpec volume) throws SecretfsException {
    return new StatusReader(machine, failures).read(volume);
  }

  private Steps steps(VolumeSpec volume) {
    return new Steps(volume.name(), listener);
  }
}
