package org.secretfs.attach;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cryptomator.jfuse.api.Fuse;
import org.cryptomator.jfuse.api.FuseBuilder;
import org.cryptomator.jfuse.api.FuseMountFailedException;
import org.secretfs.block.BlockDevice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A mounted {@link VolumeFileSystem} and the end of it. */
final class ServedVolume {
  private static final Logger LOG = LoggerFactory.getLogger(ServedVolume.class);
  private static final Duration FOREVER = Duration.ofDays(36_500);
  private static final long LOOK_AT_MOUNTS_EVERY_SECONDS = 2;

  private final Fuse fuse;
  private final VolumeFileSystem fileSystem;
  private final BlockDevice device;
  private final Path mountPoint;
  private final boolean readOnly;
  private final Mounts mounts = new Mounts(new SystemCommandRunner());
  private final CountDownLatch ended = new CountDownLatch(1);

  private ServedVolume(
      Fuse fuse,
      VolumeFileSystem fileSystem,
      BlockDevice device,
      Path mountPoint,
      boolean readOnly) {
    this.fuse = fuse;
    this.fileSystem = fileSystem;
    this.device = device;
    this.mountPoint = mountPoint;
    this.readOnly = readOnly;
  }

  /** Mounts; only this process' user may enter the mount point. */
  static ServedVolume mount(ServerLife.Offer offer, Path mountPoint, BlockDevice device)
      throws IOException {
    FuseBuilder builder = Fuse.builder();
    builder.setLibraryPath(
        LibFuse.find().orElseThrow(() -> new IOException("libfuse3 is missing")).toString());
    VolumeFileSystem fileSystem = new VolumeFileSystem(device, offer.readOnly(), builder.errno());
    Fuse fuse = builder.build(fileSystem);
    try {
      fuse.mount("secretfs", mountPoint, "-o", options(offer));
    } catch (FuseMountFailedException e) {
      throw new IOException("FUSE mount on %s failed".formatted(mountPoint), e);
    }
    return new ServedVolume(fuse, fileSystem, device, mountPoint, offer.readOnly());
  }

  private static String options(ServerLife.Offer offer) {
    return "fsname=secretfs-%s,subtype=secretfs,default_permissions,nosuid,nodev,noexec%s"
        .formatted(offer.name(), offer.readOnly() ? ",ro" : "");
  }

  /** Waits until somebody unmounts it, or {@link #endWhenUnused} has run. */
  void awaitEnd() {
    try {
      while (!ended.await(LOOK_AT_MOUNTS_EVERY_SECONDS, TimeUnit.SECONDS)) {
        if (fileSystem.openFiles() == 0 && mounts.at(mountPoint).isEmpty()) {
          end();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end();
    }
  }

  /** Flushes, then waits for the last user to close the volume, then ends. */
  void endWhenUnused() {
    flush();
    Waiting.until(FOREVER, () -> fileSystem.openFiles() == 0);
    end();
  }

  private void flush() {
    try {
      if (!readOnly) {
        device.flush();
      }
    } catch (IOException e) {
      LOG.error("flushing the volume failed", e);
    }
  }

  /** Unmounts and flushes what the last user wrote. Further calls do nothing. */
  private synchronized void end() {
    if (ended.getCount() == 0) {
      return;
    }
    flush();
    try {
      fuse.close();
    } catch (TimeoutException e) {
      LOG.error("the FUSE loop did not end", e);
    }
    ended.countDown();
  }
}
