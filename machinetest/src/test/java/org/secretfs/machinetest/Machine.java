package org.secretfs.machinetest;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.MatchResult;
import org.jspecify.annotations.Nullable;

/**
 * A virtual machine in software emulation: an overlay over the root image, the product on a second
 * disk, an NVMe disk of its own, and a network in which 169.254.169.254 is the only other host. Its
 * disks outlive a loss of power; {@link #close} ends the machine, its files are the caller's.
 *
 * <p>The first serial line is the console and goes to {@code console.log}. What the guest writes to
 * the second one, {@code /dev/ttyS1}, are its reports: whole lines, read by {@link #await}.
 */
final class Machine implements AutoCloseable {
  private static final Duration TOOL_TIME = Duration.ofMinutes(1);
  private static final File NOTHING = new File("/dev/null");
  private static final String METADATA_HOST = "169.254.169.254";

  private static final String KERNEL_OPTIONS =
      "console=ttyS0 root=/dev/vda rw panic=-1 quiet mitigations=off nowatchdog audit=0 fsck.mode=skip";

  private final Path folder;
  private final RootImage root;
  private final Path product;
  private final Map<Integer, Integer> forwards;
  private final String instanceUuid;
  private @Nullable Process qemu;
  private @Nullable Reports reports;
  private int boots;

  /**
   * Makes the machine's disks in {@code folder}; starts nothing.
   *
   * @param product an ext4 image with the label secretfs-dist
   * @param forwards for each port of 169.254.169.254 that the guest may use, the port of the host's
   *     127.0.0.1 that answers there
   */
  Machine(Path folder, RootImage root, Path product, Map<Integer, Integer> forwards)
      throws IOException, InterruptedException {
    this.folder = folder;
    this.root = root;
    this.product = product;
    this.forwards = Map.copyOf(forwards);
    this.instanceUuid = "ec2" + UUID.randomUUID().toString().substring(3);
    Files.write(folder.resolve("forward.sh"), Resources.bytes("forward.sh"));
    makeDisks();
  }

  private void makeDisks() throws IOException, InterruptedException {
    String base = root.disk().toString();
    String overlay = folder.resolve("root.qcow2").toString();
    Commands.run(
        TOOL_TIME,
        List.of("qemu-img", "create", "-q", "-f", "qcow2", "-b", base, "-F", "raw", overlay));
    Commands.run(
        TOOL_TIME, List.of("truncate", "--size", "1G", folder.resolve("nvme.img").toString()));
  }

  /** Switches the machine on. */
  void boot() throws IOException {
    boots++;
    qemu =
        new ProcessBuilder(command())
            .directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(NOTHING))
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
    if (reports == null) {
      throw new IllegalStateException("not booted");
    }
    try {
      return reports.await(pattern, limit);
    } catch (IOException e) {
      throw new IOException("boot " + boots + ": " + e.getMessage() + "\n" + lastWords(), e);
    }
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

  /** The machine's NVMe disk as a file of the host. */
  Path nvmeDisk() {
    return folder.resolve("nvme.img");
  }

  private List<String> command() {
    List<String> command =
        new ArrayList<>(
            List.of("qemu-system-x86_64", "-nodefaults", "-display", "none", "-no-reboot"));
    command.addAll(List.of("-machine", "q35", "-accel", "tcg,thread=multi,tb-size=512"));
    command.addAll(List.of("-cpu", "max", "-smp", "2", "-m", "2048"));
    command.addAll(List.of("-kernel", root.kernel().toString()));
    command.addAll(List.of("-initrd", root.initrd().toString()));
    command.addAll(List.of("-append", KERNEL_OPTIONS));
    command.addAll(List.of("-smbios", "type=1,uuid=" + instanceUuid + ",serial=" + instanceUuid));
    command.addAll(List.of("-serial", "file:console-" + boots + ".log", "-serial", "stdio"));
    command.addAll(List.of("-device", "virtio-rng-pci"));
    command.addAll(disk("root.qcow2", "qcow2,if=virtio"));
    command.addAll(disk(product.toString(), "raw,if=virtio,readonly=on"));
    command.addAll(disk("nvme.img", "raw,if=none,id=nvme"));
    command.addAll(List.of("-device", "nvme,serial=secretfs-nvme,drive=nvme"));
    command.addAll(List.of("-device", "virtio-net-pci,netdev=net", "-netdev", network()));
    return command;
  }

  private static List<String> disk(String file, String format) {
    return List.of("-drive", "file=" + file + ",format=" + format);
  }

  private String network() {
    StringBuilder network =
        new StringBuilder(
            "user,id=net,restrict=on,ipv6=off,net=169.254.169.0/24,host=169.254.169.2");
    network.append(",dns=169.254.169.3,dhcpstart=169.254.169.15");
    forwards.forEach((guestPort, hostPort) ->
        network.append(
            ",guestfwd=tcp:%s:%d-cmd:bash forward.sh %d"
                .formatted(METADATA_HOST, guestPort, hostPort)));
    return network.toString();
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
