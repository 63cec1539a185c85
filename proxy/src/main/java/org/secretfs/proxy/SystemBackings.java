package org.secretfs.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.secretfs.block.BackingFiles;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.BlockDeviceStorage;
import org.secretfs.block.DeviceContent;
import org.secretfs.block.DeviceFacts;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.block.StripeLayout;
import org.secretfs.luks.DeviceClaim;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.VolumeDefaults;
import org.secretfs.nbd.client.NbdBlockDevice;
import org.secretfs.nbd.client.NbdTarget;
import org.secretfs.nbd.client.NbdUri;
import org.secretfs.proxy.BackingSpec.FileBacking;
import org.secretfs.proxy.BackingSpec.NbdBacking;
import org.secretfs.proxy.BackingSpec.StripeBacking;

/**
 * The backings of this machine and those that it reaches by NBD.
 *
 * <p>Files and devices are locked themselves. The protocol of NBD has no locks, so an NBD backing
 * is locked by a file in the runtime directory, which keeps off other proxies of this machine only.
 */
public final class SystemBackings implements Backings {
  private static final int SMALLEST_SECTOR = 512;

  /** As many as the fastest clients of others use; fewer if the server does not say it is safe. */
  private static final int NBD_CONNECTIONS = 4;

  private final Path runtimeDirectory;

  public SystemBackings(Path runtimeDirectory) {
    this.runtimeDirectory = runtimeDirectory;
  }

  @Override
  public BlockDevice open(BackingSpec backing, boolean readOnly, boolean make) throws IOException {
    return switch (backing) {
      case FileBacking file -> openFile(file, readOnly, make);
      case NbdBacking nbd -> openNbd(nbd, readOnly);
      case StripeBacking stripe -> openStripe(stripe, readOnly, make);
    };
  }

  private static BlockDevice openFile(FileBacking file, boolean readOnly, boolean make)
      throws IOException {
    if (make) {
      makeFile(file);
    }
    return readOnly
        ? FileBlockDevice.openReadOnly(file.path(), file.caching())
        : FileBlockDevice.openServed(file.path(), file.caching());
  }

  private static void makeFile(FileBacking file) throws IOException {
    boolean missing = !Files.exists(file.path()) || Files.isRegularFile(file.path());
    if (file.makeSizeBytes().isPresent() && missing) {
      BackingFiles.make(file.path(), file.makeSizeBytes().getAsLong());
    }
  }

  private static BlockDevice openNbd(NbdBacking nbd, boolean readOnly) throws IOException {
    NbdBlockDevice device = NbdBlockDevice.open(target(nbd).withConnections(NBD_CONNECTIONS));
    if (device.isReadOnly() && !readOnly) {
      device.close();
      throw new IOException(
          "%s is read-only at its server; give the export 'read_only: true'"
              .formatted(nbd.describe()));
    }
    return device;
  }

  private static NbdTarget target(NbdBacking nbd) throws IOException {
    try {
      return ClientTls.target(NbdUri.parse(nbd.uri().toString()), nbd.tls());
    } catch (ProxyException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private BlockDevice openStripe(StripeBacking stripe, boolean readOnly, boolean make)
      throws IOException {
    List<BlockDevice> parts = new ArrayList<>();
    try {
      for (BackingSpec part : stripe.parts()) {
        parts.add(open(part, readOnly, make));
      }
      return make && allBlank(parts)
          ? StripeLayout.format(parts, stripe.chunkBytes())
          : StripeLayout.open(parts);
    } catch (IOException | RuntimeException e) {
      for (BlockDevice part : parts) {
        part.close();
      }
      throw e;
    }
  }

  /** Whether every part was proven to hold nothing; looks no further where one begins otherwise. */
  private static boolean allBlank(List<BlockDevice> parts) throws IOException {
    try {
      for (BlockDevice part : parts) {
        BlockDeviceStorage storage = BlockDeviceStorage.borrowing(part);
        if (!(DeviceContent.of(storage, part, true, VolumeDefaults.DATA_OFFSET_BYTES)
            instanceof DeviceContent.Blank)) {
          return false;
        }
      }
      return true;
    } catch (LuksException.HeaderBusy e) {
      throw new IOException(e);
    }
  }

  @Override
  public Locks lock(ExportSpec export) throws IOException, ProxyException {
    Deque<DeviceClaim> held = new ArrayDeque<>();
    Locks locks = () -> held.forEach(SystemBackings::release);
    boolean complete = false;
    try {
      lock(export.backing(), export, held);
      if (export.header().isPresent()) {
        lock(export.header().get(), export, held);
      }
      complete = true;
      return locks;
    } finally {
      if (!complete) {
        locks.close();
      }
    }
  }

  private void lock(BackingSpec backing, ExportSpec export, Deque<DeviceClaim> held)
      throws IOException, ProxyException {
    switch (backing) {
      case FileBacking file -> {
        if (export.create()) {
          makeFile(file);
        }
        held.push(lockFile(file.path(), export, backing));
      }
      case NbdBacking nbd -> held.push(lockFile(lockFileOf(nbd), export, backing));
      case StripeBacking stripe -> {
        for (BackingSpec part : stripe.parts()) {
          lock(part, export, held);
        }
      }
    }
  }

  private static DeviceClaim lockFile(Path path, ExportSpec export, BackingSpec backing)
      throws IOException, ProxyException {
    return DeviceClaim.tryServe(path, export.readOnly())
        .orElseThrow(() ->
            new ProxyException(
                ProxyError.BACKING_IN_USE,
                "export %s: backing %s is in use by another process or export"
                    .formatted(export.name(), backing.describe())));
  }

  private static void release(DeviceClaim claim) {
    try {
      claim.close();
    } catch (IOException e) {
      throw new UncheckedIOException("closing a lock failed", e);
    }
  }

  private Path lockFileOf(NbdBacking nbd) throws IOException {
    Path directory = Files.createDirectories(runtimeDirectory.resolve("locks"));
    byte[] uri = nbd.uri().toString().getBytes(StandardCharsets.UTF_8);
    Path file = directory.resolve("nbd-" + UUID.nameUUIDFromBytes(uri) + ".lock");
    Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    return file;
  }

  @Override
  public int safeSectorSize(BackingSpec backing) throws IOException {
    return switch (backing) {
      case FileBacking file -> DeviceFacts.safeSectorSize(file.path());
      // What the far end writes at once is not known.
      case NbdBacking _ -> SMALLEST_SECTOR;
      case StripeBacking stripe -> {
        int least = Integer.MAX_VALUE;
        for (BackingSpec part : stripe.parts()) {
          least = Math.min(least, safeSectorSize(part));
        }
        yield least;
      }
    };
  }
}
