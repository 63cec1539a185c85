package org.secretfs.machinetest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A virtual machine in software emulation. Its disks outlive a loss of power; {@link #close} ends
 * the machine, its files are the caller's.
 *
 * <p>The first serial line is the console and goes to {@code console-N.log}. What the guest writes
 * to the second one, {@code /dev/ttyS1}, are its reports: whole lines, read by {@link #await}.
 */
final class Machine implements AutoCloseable {
  private static final Duration TOOL_TIME = Duration.ofMinutes(1);

  /** A busy host gives a guest its ticks too late for the kernel's test of the timer. */
  private static final String KERNEL_OPTIONS =
      "console=ttyS0 panic=-1 quiet no_timer_check mitigations=off nowatchdog audit=0 fsck.mode=skip ";

  private final Path folder;
  private final RootImage root;
  private final Hardware hardware;
  private @Nullable Process qemu;
  private @Nullable Reports reports;
  private int boots;

  /**
   * Starts nothing yet.
   *
   * @param folder where relative names among the hardware's options begin, and logs are kept
   * @param root whose kernel boots
   */
  Machine(Path folder, RootImage root, Hardware hardware) throws IOException {
    this.folder = folder;
    this.root = root;
    this.hardware = hardware;
    Files.write(folder.resolve("forward.sh"), Resources.bytes("forward.sh"));
  }

  /** Skips the test, with the reason, where machines cannot be made. */
  static void requireTools() {
    assumeTrue("root".equals(System.getProperty("user.name")), "building the machine needs root");
    Stream.of("qemu-system-x86_64", "qemu-img", "mmdebstrap", "mkfs.ext4")
        .forEach(tool -> assumeTrue(Commands.exists(tool), tool + " is not installed"));
  }

  /** Makes a disk on which a root image can be written to, and returns its file. */
  static Path overlay(Path folder, RootImage root) throws IOException, InterruptedException {
    Path overlay = folder.resolve("root.qcow2");
    Commands.run(
        TOOL_TIME,
        List.of(
            "qemu-img",
            "create",
            "-q",
            "-f",
            "qcow2",
            "-b",
            root.disk().toString(),
            "-F",
            "raw",
            overlay.toString()));
    return overlay;
  }

  /** Switches the machine on. */
  void boot() throws IOException {
    boots++;
    qemu =
        new ProcessBuilder(command())
            .directory(folder.toFile())
            .redirectError(folder.resolve("qemu.log").toFile())
            .start();
    reports = new Reports(qemu.getInputStream());
  }

  /**
   * Waits for a report of this boot that matches as a whole.
   *
   * @throws IOException if it does not come in time or the machine ends; says what was reported and
   *     shows the end of the console
   */
  MatchResult await(String pattern, Duration limit) throws IOException, InterruptedException {
    try {
      return reports().await(pattern, limit);
    } catch (IOException e) {
      throw new IOException("boot " + boots + ": " + e.getMessage() + "\n" + lastWords(), e);
    }
  }

  /** All that this boot reported so far. */
  Reports reports() {
    if (reports == null) {
      throw new IllegalStateException("not booted");
    }
    return reports;
  }

  /** Sends a line to the guest's second serial line. */
  void tell(String line) throws IOException {
    if (qemu == null) {
      throw new IllegalStateException("not booted");
    }
    Writer writer = qemu.outputWriter(US_ASCII);
    writer.write(line + "\n");
    writer.flush();
  }

  /** Cuts the power: nothing is flushed, nothing is told to the guest. */
  void cutPower() {
    if (qemu != null) {
      qemu.destroyForcibly().onExit().join();
    }
  }

  @Override
  public void close() {
    cutPower();
  }

  private List<String> command() {
    List<String> command =
        new ArrayList<>(
            List.of("qemu-system-x86_64", "-nodefaults", "-display", "none", "-no-reboot"));
    command.addAll(List.of("-machine", "q35", "-accel", "tcg,thread=multi,tb-size=512"));
    command.addAll(List.of("-cpu", "max", "-smp", "2", "-m", "2048"));
    command.addAll(List.of("-kernel", root.kernel().toString()));
    command.addAll(List.of("-initrd", root.initrd().toString()));
    command.addAll(List.of("-append", KERNEL_OPTIONS + hardware.kernelOptions()));
    command.addAll(List.of("-serial", "file:console-" + boots + ".log", "-serial", "stdio"));
    command.addAll(List.of("-device", "virtio-rng-pci"));
    command.addAll(hardware.options());
    return command;
  }

  private String lastWords() throws IOException {
    return "--- end of console\n"
        + tail(folder.resolve("console-" + boots + ".log"))
        + "\n--- qemu\n"
        + tail(folder.resolve("qemu.log"));
  }

  private static String tail(Path file) throws IOException {
    if (!Files.exists(file)) {
      return "(no " + file.getFileName() + ")";
    }
    String text = new String(Files.readAllBytes(file), ISO_8859_1);
    return text.substring(Math.max(0, text.length() - 4000));
  }
}
