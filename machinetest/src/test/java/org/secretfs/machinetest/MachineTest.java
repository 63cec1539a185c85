package org.secretfs.machinetest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An instance's life under a real kernel: user data started by cloud-init brings an NVMe disk up
 * with dm-crypt, the power is cut, the data is there again; then its owner disables the key.
 */
class MachineTest {
  /**
   * Generous: software emulation on a busy host takes several times what it takes on a quiet one.
   */
  private static final Duration BOOT = Duration.ofMinutes(8);

  private static final int KEY_MANAGER_PORT = 8080;
  private static final String ALIAS = "alias/EncFSForEC2InternalStorageKey";

  @TempDir private static Path folder;

  @BeforeAll
  static void requireTools() {
    assumeTrue(
        Product.isAssembled(), "the product is not assembled; ./check or mvn verify does it");
    Machine.requireTools();
  }

  @Test
  void up_powerCutThenKeyDisabled_findsTheDataThenRefuses() throws Exception {
    Product product = Product.bundle(folder.resolve("product"));
    Path state = Files.createDirectory(folder.resolve("keymanager"));
    try (KeyManagerProcess keys = new KeyManagerProcess(state, product.launcher());
        MetadataService metadata = new MetadataService(metadata(keys));
        Machine machine = machine(product, metadata, keys)) {
      String keyId = createKey(keys);

      firstBootFormatsAndWrites(machine);
      machine.cutPower();
      assertThat(textOn(nvmeDisk())).contains("LUKS").doesNotContain("a letter to read");

      secondBootFindsTheLetter(machine);
      machine.cutPower();
      keys.kms().disableKey(request -> request.keyId(keyId));

      thirdBootIsRefused(machine);
    }
  }

  private static void firstBootFormatsAndWrites(Machine machine) throws Exception {
    machine.boot();
    assertThat(machine.await("up-exit=(\\d+)", BOOT).group(1)).isEqualTo("0");
    assertThat(machine.await("letter=(.*)", BOOT).group(1)).isEqualTo("none");
    assertThat(machine.await("mounted=(.*)", BOOT).group(1)).startsWith("/dev/mapper/");
    assertThat(machine.await("table=(.*)", BOOT).group(1)).contains("crypt aes-xts-plain64");
    machine.await("written", BOOT);
  }

  private static void secondBootFindsTheLetter(Machine machine) throws Exception {
    machine.boot();
    assertThat(machine.await("up-exit=(\\d+)", BOOT).group(1)).isEqualTo("0");
    assertThat(machine.await("letter=(.*)", BOOT).group(1)).isEqualTo("a letter to read");
    machine.await("written", BOOT);
  }

  private static void thirdBootIsRefused(Machine machine) throws Exception {
    machine.boot();
    assertThat(machine.await("up-exit=(\\d+)", BOOT).group(1)).isEqualTo("3");
    assertThat(machine.await("mounted=(.*)", BOOT).group(1)).isEqualTo("nothing");
    assertThat(machine.await("table=(.*)", BOOT).group(1)).isEqualTo("No devices found");
  }

  private static String createKey(KeyManagerProcess keys) {
    String keyId = keys.kms().createKey().keyMetadata().keyId();
    keys.kms().createAlias(request -> request.aliasName(ALIAS).targetKeyId(keyId));
    return keyId;
  }

  private static Machine machine(Product product, MetadataService metadata, KeyManagerProcess keys)
      throws Exception {
    RootImage root = RootImage.obtain();
    Path image = product.image(folder.resolve("product.img"));
    String uuid = "ec2" + UUID.randomUUID().toString().substring(3);
    Commands.run(Duration.ofMinutes(1), List.of("truncate", "--size", "1G", nvmeDisk().toString()));
    Hardware hardware =
        new Hardware()
            .disk(Machine.overlay(folder, root).toString(), "qcow2", "root")
            .disk(image.toString(), "raw,readonly=on", "product")
            .with("-drive", "file=%s,format=raw,if=none,id=nvme".formatted(nvmeDisk()))
            .with("-device", "nvme,serial=secretfs-nvme,drive=nvme")
            .with("-smbios", "type=1,uuid=" + uuid + ",serial=" + uuid)
            .network(Map.of(80, metadata.port(), KEY_MANAGER_PORT, keys.port()));
    return new Machine(folder, root, hardware);
  }

  private static Path nvmeDisk() {
    return folder.resolve("nvme.img");
  }

  private static Map<String, String> metadata(KeyManagerProcess keys) throws IOException {
    String userData =
        UserData.of(
            Map.of("/etc/secretfs/secretfs.yaml", Resources.text("secretfs.yaml")),
            Resources.text("user-data.sh"));
    Instant tomorrow = Instant.now().plus(Duration.ofDays(1));
    return InstanceMetadata.documents(
        userData,
        InstanceMetadata.roleCredentials(keys.accessKeyId(), keys.secretAccessKeyText(), tomorrow));
  }

  /** Which of the words that matter are on the disk. */
  private static String textOn(Path disk) throws Exception {
    return Commands.run(
        Duration.ofMinutes(2), List.of("grep", "-aoE", "LUKS|a letter to read", disk.toString()));
  }
}
