package org.secretfs.machinetest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The units in {@code packaging/systemd}: as systemd reads them. */
class ProxyServiceTest {
  private static final Duration TOOL_TIME = Duration.ofMinutes(1);
  private static final List<String> UNITS =
      List.of("secretfs-proxy.service", "secretfs-proxy.socket");

  /** Of ten, in tenths: below is what systemd calls well confined. */
  private static final int MOST_EXPOSURE = 25;

  @TempDir private Path folder;

  @BeforeEach
  void requireProduct() {
    assumeTrue(
        Product.isAssembled(), "the product is not assembled; ./check or mvn verify does it");
  }

  private static String unit(String name) throws IOException {
    return Files.readString(Product.repository().resolve("packaging/systemd").resolve(name));
  }

  @Test
  void units_readBySystemd_areRightAndConfined() throws Exception {
    assumeTrue(Commands.exists("systemd-analyze"), "systemd-analyze is not installed");
    for (String name : UNITS) {
      String here =
          unit(name).replace("/opt/secretfs/bin/secretfs", Product.assembledLauncher().toString());
      Files.writeString(folder.resolve(name), here);
    }
    String service = folder.resolve(UNITS.getFirst()).toString();
    String socket = folder.resolve(UNITS.getLast()).toString();
    assertThat(analyze("verify", "--man=no", service, socket)).isEmpty();
    assertThat(analyze("security", "--offline=yes", "--threshold=" + MOST_EXPOSURE, service))
        .contains("Overall exposure level");
  }

  private static String analyze(String... words) throws Exception {
    return Commands.run(
        TOOL_TIME, Stream.concat(Stream.of("systemd-analyze"), Stream.of(words)).toList());
  }
}
