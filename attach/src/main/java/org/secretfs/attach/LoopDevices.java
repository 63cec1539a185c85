package org.secretfs.attach;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Loop devices: block devices of the kernel whose content is a file. */
public final class LoopDevices {
  private static final int SECTOR_BYTES = 512;
  private static final Path BLOCK = Path.of("/sys/block");
  private static final Duration GONE_WITHIN = Duration.ofSeconds(10);

  private final CommandRunner runner;

  public LoopDevices(CommandRunner runner) {
    this.runner = runner;
  }

  /** The loop devices, as {@code /dev/loopN}, whose content is this very path. */
  public List<Path> of(Path file) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(BLOCK, "loop*")) {
      for (Path device : devices) {
        if (backingFile(device).equals(file.toString())) {
          found.add(Path.of("/dev").resolve(device.getFileName()));
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException(BLOCK + " cannot be read", e);
    }
    return found;
  }

  /** What is seen of a loop device; 0 if it is gone. */
  public long sizeBytes(Path device) {
    String sectors = attribute(device, "size");
    return sectors.isEmpty() ? 0 : Long.parseLong(sectors) * SECTOR_BYTES;
  }

  /** Whether it cannot be written. */
  public boolean isReadOnly(Path device) {
    return attribute(device, "ro").equals("1");
  }

  private static String attribute(Path device, String name) {
    try {
      return Files.readString(BLOCK.resolve(device.getFileName()).resolve(name)).strip();
    } catch (IOException e) {
      return "";
    }
  }

  private static String backingFile(Path device) {
    try {
      byte[] name = Files.readAllBytes(device.resolve("loop/backing_file"));
      String text = new String(name, StandardCharsets.UTF_8);
      return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    } catch (IOException e) {
      return "";
    }
  }

  /**
   * Makes a loop device that bypasses the page cache below it, so that nothing is cached twice and
   * a flush has little to do.
   *
   * @param sectorSizeBytes the logical sector size that file systems see
   */
  public Path attach(Path file, int sectorSizeBytes, boolean readOnly) throws AttachException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("--direct-io=on", "--sector-size", Integer.toString(sectorSizeBytes)));
    if (readOnly) {
      words.add("--read-only");
    }
    words.addAll(List.of("--find", "--show", file.toString()));
    return Path.of(runner.require(Command.of("losetup", words)).strip());
  }

  /**
   * Takes all loop devices of a file away and waits until the kernel has let go of the file.
   *
   * @throws AttachException.Busy if one is mounted, and then nothing is changed; or if one is in
   *     use in another way: the kernel takes that away when the last user closes it
   */
  public void detachAll(Path file) throws AttachException {
    List<Path> devices = of(file);
    for (Path device : devices) {
      refuseIfMounted(device);
      CommandResult result = runner.run(Command.of("losetup", "-d", device.toString()));
      boolean gone = Waiting.until(GONE_WITHIN, () -> !of(file).contains(device));
      if (!gone) {
        throw new AttachException.Busy(
            "%s is in use (losetup -d: exit status %d)".formatted(device, result.exitStatus()),
            Holders.of(device));
      }
    }
  }

  private void refuseIfMounted(Path device) throws AttachException {
    List<MountEntry> uses = new Mounts(runner).of(device);
    if (!uses.isEmpty()) {
      throw new AttachException.Busy(
          device + " is mounted", uses.stream().map(use -> use.mountPoint().toString()).toList());
    }
  }
}
