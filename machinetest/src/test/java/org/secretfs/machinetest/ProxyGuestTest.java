package org.secretfs.machinetest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A guest whose root and whose data disk are a proxy's exports, given to it by QEMU, and whose
 * kernel attaches a third by itself. All keys are withdrawn while it writes, and given back. One
 * boot; then the machine and the proxy have ended, and the tests look at what they left.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProxyGuestTest {
  private static final Duration TIME = Duration.ofMinutes(8);
  private static final Duration TOOL_TIME = Duration.ofMinutes(2);
  private static final List<String> EXPORTS = List.of("root", "data", "net");
  private static final String LETTER = "a letter that only the guest may read";

  private Path folder = Path.of("unset");
  private Optional<Reports> ended = Optional.empty();

  @BeforeAll
  void runGuest(@TempDir Path folder) throws Exception {
    this.folder = folder;
    Machine.requireTools();
    assumeTrue(
        Product.isAssembled(), "the product is not assembled; ./check or mvn verify does it");
    for (String tool : List.of("debugfs", "e2fsck")) {
      assumeTrue(Commands.exists(tool), tool + " is not installed");
    }
    int port = KeyManagerProcess.freePort();
    RootImage root = RootImage.obtain();
    try (ProxyProcess proxy = new ProxyProcess(Product.assembledLauncher(), folder, yaml(port));
        Machine machine = machine(root, port)) {
      copyRoot(root);
      machine.boot();
      withdrawKeysWhileItWrites(machine, proxy);
      machine.tell("enough");
      machine.await("all-done", TIME);
      machine.await("cargo-exit=.*", TIME);
      ended = Optional.of(machine.reports());
    }
  }

  private static String yaml(int port) {
    return """
    listen:
      - unix: nbd.sock
      - tcp: 127.0.0.1:%d
    admin_socket: admin.sock
    state_directory: state
    runtime_directory: run
    exports:
    """
            .formatted(port)
        + export("root", "1100MiB")
        + export("data", "128MiB")
        + export("net", "128MiB");
  }

  private static String export(String name, String size) {
    return """
      %1$s:
        backing: {file: %1$s.img, size: %2$s}
        create: true
        key_source: {key_file: %1$s.key}
        clients: any
    """
        .formatted(name, size)
        .indent(0);
  }

  private Machine machine(RootImage root, int port) throws Exception {
    Hardware hardware =
        new Hardware()
            .disk(uri("root"), "raw,cache=none", "root")
            .disk(uri("data"), "raw,cache=none", "data")
            .cargo(Cargo.pack(folder, "exports.sh", Map.of()))
            .network(Map.of(10809, port));
    return new Machine(folder, root, hardware);
  }

  private String uri(String export) {
    return "nbd+unix:///%s?socket=%s".formatted(export, folder.resolve("nbd.sock"));
  }

  private void copyRoot(RootImage root) throws IOException, InterruptedException {
    Commands.run(
        TOOL_TIME,
        List.of(
            "qemu-img",
            "convert",
            "-n",
            "-f",
            "raw",
            "-O",
            "raw",
            root.disk().toString(),
            uri("root")));
  }

  /** While an export has no key, no write of the guest ends; afterwards they go on. */
  private static void withdrawKeysWhileItWrites(Machine machine, ProxyProcess proxy)
      throws Exception {
    for (String name : EXPORTS) {
      machine.await("wrote-" + name + "=3", TIME);
      proxy.export("suspend", name);
    }
    TimeUnit.SECONDS.sleep(1); // reports that were on their way
    List<Integer> before = EXPORTS.stream().map(name -> written(machine, name)).toList();
    TimeUnit.SECONDS.sleep(3);
    assertThat(EXPORTS.stream().map(name -> written(machine, name)))
        .containsExactlyElementsOf(before);
    for (String name : EXPORTS) {
      proxy.export("resume", name);
      int more = written(machine, name) + 3;
      machine.await("wrote-%s=%d".formatted(name, more), TIME);
    }
  }

  private static int written(Machine machine, String name) {
    return Integer.parseInt(machine.reports().last("wrote-" + name + "=(\\d+)").group(1));
  }

  @Test
  void root_isAnExport_guestBootsAndSeesAnOrdinaryDisk() {
    assertThat(fact("root")).isEqualTo("disk ext4");
    assertThat(fact("mounted-root")).isEqualTo("/dev/vda ext4 0");
    assertThat(fact("mappings")).isEqualTo("No devices found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"data", "net"})
  void export_asDisk_isAnOrdinaryDisk(String name) {
    assertThat(fact(name)).isEqualTo("disk ext4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"root", "data", "net"})
  void export_suspendedWhileGuestWrites_losesNothing(String name) throws Exception {
    assertThat(Integer.parseInt(fact("verified-" + name))).isGreaterThan(2 + 3 + 3);
    Path plain = decrypt(name);
    Commands.run(TOOL_TIME, List.of("e2fsck", "-fn", plain.toString()));
    String inside = name.equals("root") ? "/var/letters/" : "/";
    assertThat(Files.readString(fileOf(plain, inside + "letter")).strip()).isEqualTo(LETTER);
    assertThat(sha256(fileOf(plain, inside + "noise"))).isEqualTo(fact("noise-" + name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"root", "data", "net"})
  void backing_afterwards_holdsNoPlaintext(String name) throws Exception {
    String backing = folder.resolve(name + ".img").toString();
    assertThat(Commands.run(TOOL_TIME, List.of("grep", "-aoE", "LUKS|" + LETTER, backing)))
        .contains("LUKS")
        .doesNotContain(LETTER);
  }

  private String fact(String name) {
    return ended.orElseThrow().last(name + "=(.*)").group(1);
  }

  private Path decrypt(String name) throws IOException, InterruptedException {
    Path plain = folder.resolve(name + ".plain");
    String command =
        "'%s' luks read --key-file '%s' '%s' >'%s'"
            .formatted(
                Product.assembledLauncher(),
                folder.resolve(name + ".key"),
                folder.resolve(name + ".img"),
                plain);
    Commands.run(TOOL_TIME, List.of("sh", "-c", command));
    return plain;
  }

  private Path fileOf(Path image, String name) throws IOException, InterruptedException {
    Path copy = folder.resolve("copy");
    Commands.run(
        TOOL_TIME, List.of("debugfs", "-R", "dump %s %s".formatted(name, copy), image.toString()));
    return copy;
  }

  private static String sha256(Path file) throws IOException, InterruptedException {
    return Commands.run(TOOL_TIME, List.of("sha256sum", file.toString())).split(" ", 2)[0];
  }
}
