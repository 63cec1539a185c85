package org.secretfs.machinetest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The packaged product with its own Java runtime, as a folder of the host. */
record Product(Path folder) {
  private static final Duration TIME = Duration.ofMinutes(5);

  /** The repository's root. */
  static Path repository() {
    Path folder = Path.of("").toAbsolutePath();
    return folder.endsWith("machinetest") ? folder.resolveSibling("") : folder;
  }

  /** Whether the build assembled the product before these tests. */
  static boolean isAssembled() {
    return Files.exists(repository().resolve("cli/target/dist/lib/secretfs.jar"));
  }

  /** The launcher of what the build assembled, which finds a Java of the host's. */
  static Path assembledLauncher() {
    return repository().resolve("cli/target/dist/bin/secretfs");
  }

  /** Bundles what the build assembled, in a new folder. */
  static Product bundle(Path folder) throws IOException, InterruptedException {
    Path script = repository().resolve("packaging/bundle");
    Commands.run(TIME, List.of(script.toString(), folder.toString()));
    return new Product(folder);
  }

  Path launcher() {
    return folder.resolve("bin/secretfs");
  }

  /** Makes an ext4 image with the label secretfs-dist of the whole product. */
  Path image(Path file) throws IOException, InterruptedException {
    Commands.run(TIME, List.of("truncate", "--size", "512M", file.toString()));
    Commands.run(
        TIME,
        List.of(
            "mkfs.ext4", "-q", "-F", "-L", "secretfs-dist", "-d", folder + "", file.toString()));
    return file;
  }
}
