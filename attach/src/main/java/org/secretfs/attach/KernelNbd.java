package org.secretfs.attach;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Block devices of the kernel's own NBD client, set up by the program {@code nbd-client}. It stays
 * behind each of them and connects again when the server is gone.
 *
 * <p>Which device belongs to which name is noted in {@code RUNTIME/NAME}; what it is like now is
 * read from {@code /sys/block}.
 */
public final class KernelNbd {
  /** What {@link AttachedVolume#kind} says. */
  public static final String KIND = "kernel";

  private static final Duration CHANGED_WITHIN = Duration.ofSeconds(20);

  private final CommandRunner runner;
  private final Path runtimeDirectory;
  private final Path blockDevices;

  /**
   * @param runtimeDirectory absolute; made where it is missing; on a file system that a reboot
   *     empties; not that of other kinds of attachments
   */
  public KernelNbd(CommandRunner runner, Path runtimeDirectory) {
    this(runner, runtimeDirectory, Path.of("/sys/block"));
  }

  KernelNbd(CommandRunner runner, Path runtimeDirectory, Path blockDevices) {
    this.runner = runner;
    this.runtimeDirectory = runtimeDirectory;
    this.blockDevices = blockDevices;
  }

  /**
   * A server and an export of it.
   *
   * @param socket the path of a Unix socket, or else host and port count
   * @param timeoutSeconds how long the kernel waits for an answer
   */
  public record Server(
      Optional<Path> socket,
      String host,
      int port,
      String exportName,
      int timeoutSeconds,
      Optional<Tls> tls) {}

  /** Files in PEM for TLS, and the name that the server's certificate must be for. */
  public record Tls(
      Optional<Path> authorities,
      Optional<Path> certificate,
      Optional<Path> key,
      String serverName) {}

  /** As {@link Attachment#unavailableBecause}. */
  public Optional<String> unavailableBecause() throws AttachException {
    if (runner.find("nbd-client").isEmpty()) {
      return Optional.of("'nbd-client' (Debian package nbd-client) is not installed");
    }
    if (!hasDevices() && runner.find("modprobe").isPresent()) {
      // Its failure means built in, or missing; the list of devices tells which.
      runner.run(Command.of("modprobe", "-q", "nbd"));
    }
    return hasDevices()
        ? Optional.empty()
        : Optional.of(
            "this kernel has no network block devices: its module nbd is not there (%s)"
                .formatted(blockDevices.resolve("nbd0")));
  }

  private boolean hasDevices() {
    return Files.isDirectory(blockDevices.resolve("nbd0"));
  }

  /**
   * Attaches an export.
   *
   * @param request its description is only noted
   * @return the healthy device; on failure nothing stays behind
   * @throws AttachException.Busy if the name is in use, or all devices are
   * @throws AttachException.Unavailable if the kernel cannot
   * @throws AttachException.CommandFailed if the connection does not come about
   */
  public AttachedVolume attach(DeviceRequest request, Server server) throws AttachException {
    Optional<String> missing = unavailableBecause();
    if (missing.isPresent()) {
      throw new AttachException.Unavailable(missing.get());
    }
    String name = request.name().text();
    try (VolumeLock _ = VolumeLock.ofName(runtimeDirectory, name)) {
      Optional<AttachedVolume> present = find(name);
      if (present.filter(AttachedVolume::healthy).isPresent()) {
        throw new AttachException.Busy(
            "volume %s is attached at %s".formatted(name, present.get().device()), List.of());
      }
      detachLocked(name);
      return attachLocked(request, server);
    }
  }

  private AttachedVolume attachLocked(DeviceRequest request, Server server) throws AttachException {
    RuntimeDirectory directory = directoryOf(request.name().text());
    String device = freeDevice();
    try {
      directory.create();
      directory.noteDescription(request.description());
      directory.noteKernelDevice(device);
      runner.require(command(request, server, device));
      if (!Waiting.until(CHANGED_WITHIN, () -> client(device).isPresent())) {
        throw new AttachException.ServerDied("/dev/%s did not get connected".formatted(device));
      }
      directory.noteServer(client(device).orElseThrow());
      return find(request.name().text()).orElseThrow();
    } catch (AttachException | IOException | RuntimeException e) {
      AttachException result =
          e instanceof AttachException known
              ? known
              : new AttachException.ServerDied(request.name() + ": " + e.getMessage());
      try {
        detachLocked(request.name().text());
      } catch (AttachException secondary) {
        result.addSuppressed(secondary);
      }
      throw result;
    }
  }

  /** The command that connects a device. It speaks to the kernel by ioctl, where it can persist. */
  static Command command(DeviceRequest request, Server server, String device) {
    List<String> words = new ArrayList<>();
    if (server.socket().isPresent()) {
      words.addAll(List.of("-unix", server.socket().get().toString()));
    } else {
      words.addAll(List.of(server.host(), Integer.toString(server.port())));
    }
    words.addAll(List.of("/dev/" + device, "-name", server.exportName()));
    words.addAll(List.of("-block-size", Integer.toString(request.sectorSizeBytes())));
    words.addAll(List.of("-timeout", Integer.toString(server.timeoutSeconds())));
    words.addAll(List.of("-persist", "-nonetlink"));
    if (request.readOnly()) {
      words.add("-readonly");
    }
    server.tls().ifPresent(tls -> addTls(words, tls));
    return Command.of("nbd-client", words);
  }

  private static void addTls(List<String> words, Tls tls) {
    words.add("-enable-tls");
    tls.authorities().ifPresent(file -> words.addAll(List.of("-cacertfile", file.toString())));
    tls.certificate().ifPresent(file -> words.addAll(List.of("-certfile", file.toString())));
    tls.key().ifPresent(file -> words.addAll(List.of("-keyfile", file.toString())));
    words.addAll(List.of("-tlshostname", tls.serverName()));
  }

  private String freeDevice() throws AttachException {
    for (int i = 0; Files.isDirectory(blockDevices.resolve("nbd" + i)); i++) {
      if (client("nbd" + i).isEmpty()) {
        return "nbd" + i;
      }
    }
    throw new AttachException.Busy("all network block devices are connected", List.of());
  }

  /** The process that keeps a device connected now. */
  private Optional<ProcessIdentity> client(String device) {
    try {
      String pid = Files.readString(blockDevices.resolve(device).resolve("pid")).strip();
      return ProcessIdentity.ofLive(Long.parseLong(pid));
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** As {@link Attachment#find}. */
  public Optional<AttachedVolume> find(String name) {
    RuntimeDirectory directory = directoryOf(name);
    Optional<String> device = directory.kernelDevice();
    Optional<ProcessIdentity> noted = directory.server();
    if (device.isEmpty() || noted.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> problem =
        !noted.get().alive()
            ? Optional.of("its nbd-client has ended")
            : client(device.get()).equals(noted)
                ? Optional.empty()
                : Optional.of("it is not connected to its server now");
    return Optional.of(
        new AttachedVolume(
            name,
            KIND,
            Path.of("/dev", device.get()),
            OptionalLong.of(noted.get().pid()),
            problem));
  }

  /** As {@link FuseDevices#description}. */
  public List<String> description(String name) {
    return directoryOf(name).description();
  }

  /** As {@link FuseDevices#names}. */
  public List<String> names() {
    return RuntimeDirectory.namesIn(runtimeDirectory).stream()
        .filter(name -> find(name).isPresent())
        .toList();
  }

  /** As {@link Attachment#detach}. */
  public void detach(String name) throws AttachException {
    try (VolumeLock _ = VolumeLock.ofName(runtimeDirectory, name)) {
      detachLocked(name);
    }
  }

  private void detachLocked(String name) throws AttachException {
    RuntimeDirectory directory = directoryOf(name);
    Optional<String> device = directory.kernelDevice();
    Optional<ProcessIdentity> noted = directory.server();
    if (device.isPresent() && noted.isPresent() && noted.get().alive()) {
      disconnect(Path.of("/dev", device.get()), noted.get());
    }
    try {
      directory.remove();
    } catch (IOException e) {
      throw new AttachException.CommandFailed("remove " + directory.path(), e.toString());
    }
  }

  private void disconnect(Path device, ProcessIdentity client) throws AttachException {
    List<MountEntry> uses = new Mounts(runner).of(device);
    if (!uses.isEmpty()) {
      throw new AttachException.Busy(
          device + " is mounted", uses.stream().map(use -> use.mountPoint().toString()).toList());
    }
    // What cannot be written is told by the command's failure; the device goes away nevertheless.
    CommandResult flushed = runner.run(Command.of("blockdev", "--flushbufs", device.toString()));
    runner.require(Command.of("nbd-client", "-d", device.toString()));
    if (!Waiting.until(CHANGED_WITHIN, () -> !client.alive())) {
      client.signal(false);
    }
    if (flushed.exitStatus() != 0) {
      throw flushed.failure(Command.of("blockdev", "--flushbufs", device.toString()));
    }
  }

  private RuntimeDirectory directoryOf(String name) {
    return RuntimeDirectory.at(runtimeDirectory.resolve(VolumeName.of(name).text()));
  }
}
