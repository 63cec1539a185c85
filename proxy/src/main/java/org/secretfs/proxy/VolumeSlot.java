package org.secretfs.proxy;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.BlockDevice;
import org.secretfs.failure.SecretfsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the volume of an export is put when it is open: behind the gate that clients go through,
 * with the locks on its backing, and with the memory of which volume it was. One thread at a time
 * changes it: {@link ManagedExport}'s lock sees to that.
 */
final class VolumeSlot {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeSlot.class);

  /** How long requests under way may take to end before the volume is closed under them. */
  private static final Duration IN_FLIGHT = Duration.ofSeconds(20);

  private final ExportSpec spec;
  private final Backings backings;
  private final VolumeOpening opening;
  private final GatedVolume gated;
  private Backings.@Nullable Locks locks;
  private @Nullable VolumeIdentity identity;

  VolumeSlot(ExportSpec spec, Backings backings, ExportMetrics metrics) {
    this.spec = spec;
    this.backings = backings;
    this.opening = new VolumeOpening(spec, backings);
    this.gated = new GatedVolume(spec, metrics);
  }

  /** What clients go through. */
  GatedVolume gated() {
    return gated;
  }

  /** Takes the locks and opens the volume, which is not given to clients yet. */
  OpenedVolume open() throws SecretfsException {
    try {
      locks = backings.lock(spec);
    } catch (IOException e) {
      throw new ProxyException(
          ProxyError.BACKING_FAILED,
          "export %s: backing %s: %s"
              .formatted(spec.name(), spec.backing().describe(), e.getMessage()),
          e);
    }
    return opening.open();
  }

  /** Whether it is known which volume it was. */
  boolean isKnown() {
    return identity != null;
  }

  /** Opens the very volume again that was there last; the locks were kept. */
  OpenedVolume reopen() throws SecretfsException {
    VolumeIdentity expected = identity;
    if (expected == null) {
      throw new IllegalStateException("export %s was never open".formatted(spec.name()));
    }
    return opening.reopen(expected);
  }

  /** Gives an opened volume to the clients. */
  void install(OpenedVolume volume) {
    identity = volume.identity();
    gated.install(volume.device());
  }

  /** Closes an opened volume that clients are not to get. */
  void refuse(OpenedVolume volume) {
    close(volume.device());
  }

  /** Ends the requests, flushes on behalf of the clients, and wipes the key; keeps the locks. */
  void close() {
    if (!gated.shut(IN_FLIGHT)) {
      LOG.atError()
          .addKeyValue("export", spec.name())
          .log("requests did not end within {} and fail now", IN_FLIGHT);
    }
    BlockDevice volume = gated.remove();
    if (volume == null) {
      return;
    }
    flush(volume);
    close(volume);
  }

  private void flush(BlockDevice volume) {
    try {
      if (!spec.readOnly()) {
        volume.flush();
      }
    } catch (IOException | RuntimeException e) {
      LOG.atError().addKeyValue("export", spec.name()).setCause(e).log("flush failed");
      gated.noteLoss(new IOException(e));
    }
  }

  private void close(BlockDevice volume) {
    try {
      volume.close();
    } catch (IOException | RuntimeException e) {
      LOG.atError().addKeyValue("export", spec.name()).setCause(e).log("closing failed");
    }
  }

  /** Gives the locks back. */
  void unlock() {
    Backings.Locks held = locks;
    locks = null;
    if (held != null) {
      held.close();
    }
  }

  /** Gives the locks back, and forgets which volume it was and what was lost on it. */
  void forget() {
    unlock();
    identity = null;
    gated.forgetLoss();
  }
}
