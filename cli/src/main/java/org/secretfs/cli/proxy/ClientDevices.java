package org.secretfs.cli.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.secretfs.attach.AttachException;
import org.secretfs.attach.AttachedVolume;
import org.secretfs.attach.CommandRunner;
import org.secretfs.attach.DeviceRequest;
import org.secretfs.attach.FileSystems;
import org.secretfs.attach.FuseDevices;
import org.secretfs.attach.KernelNbd;
import org.secretfs.attach.MountEntry;
import org.secretfs.attach.Mounts;
import org.secretfs.attach.SystemCommandRunner;
import org.secretfs.attach.VolumeName;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.process.Wiring;
import org.secretfs.failure.SecretfsException;
import org.secretfs.nbd.client.NbdBlockDevice;

/** The exports that are attached to this machine, by whichever way. */
final class ClientDevices {
  private static final int LEAST_SECTOR_BYTES = 512;
  private static final int MOST_SECTOR_BYTES = 4096;

  private final CommandRunner runner = new SystemCommandRunner();
  private final KernelNbd kernel;
  private final FuseDevices fuse;
  private final Mounts mounts = new Mounts(runner);

  ClientDevices(Path runtimeDirectory) {
    this.kernel = new KernelNbd(runner, runtimeDirectory.resolve("kernel"));
    this.fuse =
        new FuseDevices(runner, runtimeDirectory.resolve("fuse"), Wiring.self(Wiring.SERVE_EXPORT));
  }

  /** By which client an export becomes a block device. */
  enum Way {
    /** The kernel's where it has one and no TLS is asked for, or else ours. */
    AUTO,
    KERNEL,
    FUSE
  }

  /** An attached export and what belongs to it. */
  record Attached(AttachedVolume volume, String uri, List<Path> mountedOn) {}

  /**
   * Attaches an export; on failure nothing stays behind.
   *
   * @param sectorSizeBytes the least logical sector size
   */
  Attached attach(
      VolumeName name, RemoteExport export, Way way, int sectorSizeBytes, boolean readOnly)
      throws SecretfsException {
    if (find(name.text()).filter(found -> found.volume().healthy()).isPresent()) {
      throw new AttachException.Busy(
          "%s is attached at %s".formatted(name, find(name.text()).get().volume().device()),
          List.of());
    }
    DeviceRequest request = request(name, export, sectorSizeBytes, readOnly);
    detachRemains(name.text());
    boolean byKernel =
        switch (way) {
          case KERNEL -> true;
          case FUSE -> false;
          // nbd-client 3.24 speaks TLS 1.2 at most, which a proxy does not take.
          case AUTO ->
              export.kernelServer().tls().isEmpty() && kernel.unavailableBecause().isEmpty();
        };
    AttachedVolume attached =
        byKernel ? kernel.attach(request, export.kernelServer()) : attachByFuse(request);
    return new Attached(attached, export.uri(), List.of());
  }

  private AttachedVolume attachByFuse(DeviceRequest request) throws AttachException {
    Optional<String> missing = fuse.unavailableBecause();
    if (missing.isPresent()) {
      throw new AttachException.Unavailable("no way to attach an export: " + missing.get());
    }
    return fuse.attach(request);
  }

  /** Asks the server what the export is like, so that what is wrong with it is said at once. */
  private static DeviceRequest request(
      VolumeName name, RemoteExport export, int sectorSizeBytes, boolean readOnly)
      throws SecretfsException {
    try (NbdBlockDevice device = NbdBlockDevice.open(export.target())) {
      int sector = Math.max(sectorSizeBytes, device.minimumBlockBytes());
      if (sector > MOST_SECTOR_BYTES) {
        throw new CliException(
            CliError.EXPORT_UNSUITABLE,
            "%s takes requests of %d bytes and more: block devices have sectors of %d to %d"
                .formatted(export.uri(), sector, LEAST_SECTOR_BYTES, MOST_SECTOR_BYTES));
      }
      return new DeviceRequest(name, export.description(), sector, readOnly || device.isReadOnly());
    } catch (IOException e) {
      throw new CliException(CliError.EXPORT_UNREACHABLE, String.valueOf(e.getMessage()), e);
    }
  }

  /** Takes away what is left of a name whose server is gone. */
  private void detachRemains(String name) throws AttachException {
    if (find(name).isPresent()) {
      detach(name);
    }
  }

  Optional<Attached> find(String name) {
    Optional<AttachedVolume> byKernel = kernel.find(name);
    return byKernel
        .map(volume -> attached(volume, kernel.description(name)))
        .or(() -> fuse.find(name).map(volume -> attached(volume, fuse.description(name))));
  }

  private Attached attached(AttachedVolume volume, List<String> description) {
    List<Path> mountedOn = mounts.of(volume.device()).stream().map(MountEntry::mountPoint).toList();
    return new Attached(volume, description.isEmpty() ? "" : description.getFirst(), mountedOn);
  }

  List<Attached> all() {
    List<Attached> all = new ArrayList<>();
    Stream.concat(kernel.names().stream(), fuse.names().stream())
        .distinct()
        .sorted()
        .forEach(name -> find(name).ifPresent(all::add));
    return all;
  }

  /** Mounts the file system that is on an attached export. */
  Attached mount(Attached attached, Path directory, boolean readOnly) throws SecretfsException {
    Path device = attached.volume().device();
    Optional<String> type = new FileSystems(runner).detect(device);
    if (type.isEmpty()) {
      throw new CliException(
          CliError.EXPORT_UNSUITABLE, "%s has no file system".formatted(attached.uri()));
    }
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new CliException(CliError.FILE_UNWRITABLE, "%s: %s".formatted(directory, e), e);
    }
    mounts.mount(device, directory, type.get(), readOnly ? List.of("ro") : List.of());
    return new Attached(attached.volume(), attached.uri(), List.of(directory));
  }

  /**
   * Unmounts and takes away; returns what was there. A server that is gone delays this by no more
   * than the patience that the export was attached with.
   */
  Optional<Attached> detach(String name) throws AttachException {
    Optional<Attached> present = find(name);
    if (present.isPresent()) {
      for (Path directory : present.get().mountedOn().reversed()) {
        mounts.unmount(directory, true);
      }
    }
    kernel.detach(name);
    fuse.detach(name);
    return present;
  }
}
