package org.secretfs.machinetest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The units in {@code packaging/systemd}: as systemd reads them, and under a real one. */
class ProxyServiceTest {
  private static final Duration TIME = Duration.ofMinutes(8);
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

  @Test
  @Tag("long")
  void socket_firstClient_startsTheServiceThatServesAndStopsCleanly() throws Exception {
    Machine.requireTools();
    RootImage root = RootImage.obtain();
    Product product = Product.bundle(folder.resolve("product"));
    Map<String, String> files =
        Map.of(
            "proxy.yaml",
            Resources.text("proxy-service.yaml"),
            UNITS.getFirst(),
            unit(UNITS.getFirst()),
            UNITS.getLast(),
            unit(UNITS.getLast()));
    Hardware hardware =
        new Hardware()
            .disk(Machine.overlay(folder, root).toString(), "qcow2", "root")
            .disk(
                product.image(folder.resolve("product.img")).toString(),
                "raw,readonly=on",
                "product")
            .cargoUnderSystemd(Cargo.pack(folder, "proxy-service.sh", files));
    try (Machine machine = new Machine(folder, root, hardware)) {
      machine.boot();
      machine.await("all-done", TIME);
      assertServed(machine.reports());
    }
  }

  private static void assertServed(Reports reports) {
    assertThat(fact(reports, "before")).isEqualTo("inactive");
    assertThat(fact(reports, "letter")).isEqualTo("a letter for the proxy");
    assertThat(fact(reports, "running")).isEqualTo("active running 0");
    assertThat(fact(reports, "core")).isEqualTo("0 0");
    assertThat(fact(reports, "capabilities")).matches("0+");
    assertThat(Long.parseLong(fact(reports, "locked"))).isPositive();
    assertThat(fact(reports, "stopped")).isEqualTo("inactive success");
    assertThat(fact(reports, "socket")).isEqualTo("there");
    assertThat(fact(reports, "volume")).isEqualTo("opens");
    assertThat(fact(reports, "letters")).isEqualTo("0");
  }

  private static String fact(Reports reports, String name) {
    return reports.last(name + "=(.*)").group(1);
  }
}
