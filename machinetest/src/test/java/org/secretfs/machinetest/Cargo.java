package org.secretfs.machinetest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What a machine without systemd carries: a script to run and the files beside it. */
final class Cargo {
  private Cargo() {}

  /**
   * Packs an archive that is a disk for {@link Hardware#cargo}.
   *
   * @param script the resource that becomes {@code run}
   */
  static Path pack(Path folder, String script, Map<String, String> files)
      throws IOException, InterruptedException {
    Path content = Files.createDirectory(folder.resolve("cargo"));
    Files.write(content.resolve("run"), Resources.bytes(script));
    for (Map.Entry<String, String> file : files.entrySet()) {
      Files.write(content.resolve(file.getKey()), file.getValue().getBytes(UTF_8));
    }
    Path archive = folder.resolve("cargo.tar");
    Commands.run(
        Duration.ofMinutes(1), List.of("tar", "-cf", archive + "", "-C", content + "", "."));
    return archive;
  }
}
