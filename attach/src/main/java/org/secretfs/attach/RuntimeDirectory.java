package org.secretfs.attach;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The directory of one FUSE volume below {@code /run/secretfs}: its mount point, the id of its
 * server and the server's log. Holds no secrets; only its owner may enter.
 */
final class RuntimeDirectory {
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
  private static final int MOST_LOG_BYTES = 4096;
  private static final int SHOWN_LINES = 8;

  private final Path path;

  private RuntimeDirectory(Path path) {
    this.path = path;
  }

  static RuntimeDirectory at(Path path) {
    return new RuntimeDirectory(path);
  }

  Path path() {
    return path;
  }

  /** Where the FUSE file system is mounted. */
  Path mountPoint() {
    return path.resolve("mnt");
  }

  /** The decrypted volume as a file. */
  Path volumeFile() {
    return mountPoint().resolve(VolumeFileSystem.FILE_NAME);
  }

  Path log() {
    return path.resolve("server.log");
  }

  /** Where the server hears of re-encryption. */
  Path socket() {
    return path.resolve("server.socket");
  }

  private Path serverId() {
    return path.resolve("server.pid");
  }

  void create() throws IOException {
    Files.createDirectories(path, OWNER_ONLY);
    Files.createDirectories(mountPoint(), OWNER_ONLY);
  }

  /** The server as it was noted, dead or alive. */
  Optional<ProcessIdentity> server() {
    try {
      return ProcessIdentity.parse(Files.readString(serverId(), StandardCharsets.US_ASCII));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Notes the server; never half. */
  void noteServer(ProcessIdentity server) throws IOException {
    Path draft = path.resolve("server.pid.new");
    Files.writeString(draft, server + "\n");
    Files.move(draft, serverId(), StandardCopyOption.ATOMIC_MOVE);
  }

  /** Notes what is served, one text a line. */
  void noteDescription(List<String> description) throws IOException {
    Files.writeString(descriptionFile(), String.join("\n", description));
  }

  /** What is served, as it was noted; empty where nothing was. */
  List<String> description() {
    try {
      return Files.readString(descriptionFile()).lines().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private Path descriptionFile() {
    return path.resolve("server.description");
  }

  /** Notes the kernel's name of a device that is served by no file system of ours. */
  void noteKernelDevice(String device) throws IOException {
    Files.writeString(path.resolve("server.device"), device);
  }

  /** The kernel's name as it was noted. */
  Optional<String> kernelDevice() {
    try {
      return Optional.of(Files.readString(path.resolve("server.device")).strip())
          .filter(name -> name.matches("[a-z]+[0-9]{1,4}"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The names below a directory under which something may be attached, in order. */
  static List<String> namesIn(Path runtimeDirectory) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(runtimeDirectory)) {
      for (Path directory : directories) {
        String name = directory.getFileName().toString();
        if (VolumeName.isOne(name)) {
          names.add(name);
        }
      }
    } catch (IOException e) {
      return List.of(); // nothing was ever attached
    }
    names.sort(null);
    return names;
  }

  /** The last lines that the server wrote, joined by slashes; may be empty. */
  String lastLogLines() {
    try (var channel = Files.newByteChannel(log())) {
      channel.position(Math.max(0, channel.size() - MOST_LOG_BYTES));
      byte[] end = new byte[MOST_LOG_BYTES];
      int read = Math.max(0, channel.read(ByteBuffer.wrap(end)));
      List<String> lines = new String(end, 0, read, StandardCharsets.UTF_8).lines().toList();
      return String.join(
          " / ", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
    } catch (IOException e) {
      return "";
    }
  }

  /** Deletes what this class makes; fails on a mount point that is still mounted. */
  void remove() throws IOException {
    if (Files.notExists(path)) {
      return;
    }
    Files.deleteIfExists(mountPoint());
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path, "server.*")) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    Files.delete(path);
  }
}
