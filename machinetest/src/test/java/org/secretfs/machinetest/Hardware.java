package org.secretfs.machinetest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a machine has besides processors, memory and two serial lines, as QEMU's options. */
final class Hardware {
  /** The only host that a guest sees, as instances see their metadata service. */
  static final String HOST = "169.254.169.254";

  private final List<String> options = new ArrayList<>();
  private String kernelOptions = "root=/dev/vda rw";

  /** Adds options of QEMU's as they are. */
  Hardware with(String... more) {
    options.addAll(List.of(more));
    return this;
  }

  /**
   * Adds a disk: {@code /dev/vda}, where the root is, {@code /dev/vdb}, and so on.
   *
   * @param file a file, or an address that QEMU knows
   * @param options of QEMU's, the format first: {@code raw,readonly=on}
   * @param serial by which the guest finds it, at most 20 characters
   */
  Hardware disk(String file, String options, String serial) {
    return with(
        "-drive",
        "file=%s,if=none,id=%s,format=%s".formatted(file, serial, options),
        "-device",
        "virtio-blk-pci,drive=%1$s,serial=%1$s".formatted(serial));
  }

  /** A raw disk of a file that has what the guest writes at once, but not durably. */
  Hardware rawDisk(Path file, String serial) {
    return disk(file.toString(), "raw,cache=unsafe", serial);
  }

  /** Lets the script of a cargo run in place of systemd. */
  Hardware cargo(Path archive) {
    kernelOptions += " init=/sbin/cargo";
    return rawDisk(archive, "cargo");
  }

  /**
   * A network in which {@link #HOST} is the only other host.
   *
   * @param forwards for each port of {@link #HOST} that the guest may use, the port of the host's
   *     127.0.0.1 that answers there; the machine's folder must hold {@code forward.sh}
   */
  Hardware network(Map<Integer, Integer> forwards) {
    StringBuilder network =
        new StringBuilder(
            "user,id=net,restrict=on,ipv6=off,net=169.254.169.0/24,host=169.254.169.2");
    network.append(",dns=169.254.169.3,dhcpstart=169.254.169.15");
    forwards.forEach((guestPort, hostPort) ->
        network.append(
            ",guestfwd=tcp:%s:%d-cmd:bash forward.sh %d".formatted(HOST, guestPort, hostPort)));
    return with("-device", "virtio-net-pci,netdev=net", "-netdev", network.toString());
  }

  List<String> options() {
    return List.copyOf(options);
  }

  String kernelOptions() {
    return kernelOptions;
  }
}
