package org.secretfs.agent;

import java.time.Clock;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.AuthenticHeader;

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

  /**
   * Vouches for a volume's header as it is now, by a new manifest under the volume's secret. For
   * headers that somebody looked at: what an attacker may have changed is vouched for, too.
   *
   * @param epoch of the new manifest, 1 or more
   */
  public void vouch(VolumeSpec volume, long epoch) throws SecretfsException {
    try (VolumeLock _ = VolumeLock.acquire(files, volume.name())) {
      new ManifestRenewal(volume, steps(volume)).run(epoch);
      steps(volume).perform(Step.RECORD, () -> audit.headerVouchedFor(volume));
    } catch (AgentAudit.Unrecorded e) {
      throw e.reason();
    }
  }

  /**
   * Compares a volume's header with its manifest under the volume's secret, whatever its rule.
   * Changes nothing.
   *
   * @return what the manifest vouches for
   * @throws AgentException if there is none, or the header is another
   */
  public AuthenticHeader checkManifest(VolumeSpec volume) throws SecretfsException {
    try {
      return new SourceWalk(volume, steps(volume))
          .first((source, secret) -> new HeaderCheck(volume, source).require(secret));
    } catch (AgentAudit.Unrecorded e) {
      throw e.reason();
    }
  }

  /**
   * Proves that a volume's key source opens it: obtains the secret, compares the header with its
   * manifest as the rule asks, opens a keyslot, and drops the key. Changes nothing.
   *
   * @return the number of the keyslot that opened
   */
  public int drill(VolumeSpec volume) throws SecretfsException {
    try {
      return new Drill(volume, steps(volume)).run();
    } catch (AgentAudit.Unrecorded e) {
      throw e.reason();
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
