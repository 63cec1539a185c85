package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditTrail;
import org.secretfs.luks.DeviceClaim;
import org.secretfs.luks.DeviceInUseException;

/** The proxy in a process of its own, used by clients of other makers. */
class ProxyTest {
  @TempDir Path directory;

  private ProxyLab lab() {
    return new ProxyLab(directory, Map.of());
  }

  private Path pattern(long seed, int bytes) throws Exception {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    return Files.write(directory.resolve("pattern-" + seed), content);
  }

  @Test
  void serve_fileMadeAndCopiedTo_isCiphertextThatCryptsetupOpens() throws Exception {
    ProxyLab.requireTools("nbdinfo", "nbdcopy", "cryptsetup");
    try (ProxyLab lab = lab().configure(ProxyLab.fileExport("data", "")).start()) {
      assertThat(ProxyLab.mustRun("nbdinfo", lab.uri("data").toString()))
          .contains("export-size: 50331648", "can_multi_conn: true", "can_trim: false");
      Path pattern = pattern(1, 48 << 20);
      ProxyLab.mustRun("nbdcopy", "--flush", pattern.toString(), lab.uri("data").toString());
      Path back = directory.resolve("back");
      ProxyLab.mustRun("nbdcopy", lab.uri("data").toString(), back.toString());

      assertThat(Files.mismatch(pattern, back)).isEqualTo(-1);
      byte[] sample = new byte[64];
      try (RandomAccessFile file = new RandomAccessFile(pattern.toFile(), "r")) {
        file.readFully(sample);
      }
      assertThat(LabTest.contains(Files.readAllBytes(directory.resolve("data.img")), sample))
          .as("plaintext on the backing")
          .isFalse();
      JsonNode status = lab.export("data");
      assertThat(status.get("state").asText()).isEqualTo("open");
      assertThat(lab.http("/metrics").body())
          .contains("secretfs_proxy_written_bytes_total{export=\"data\"} 50331648");
      assertThat(lab.http("/healthz").statusCode()).isEqualTo(200);
      assertThat(lab.http("/readyz").body()).contains("\"ready\":true");
      assertThat(lab.http("/metricsx").statusCode()).isEqualTo(404);
    }
    ProxyLab.mustRun(
        "cryptsetup",
        "open",
        "--test-passphrase",
        "--key-file",
        directory.resolve("data.key").toString(),
        directory.resolve("data.img").toString());
    assertThat(AuditTrail.verify(directory.resolve("state/audit")).isIntact()).isTrue();
  }

  @Test
  void admin_exportsAddedDrainedRemoved_withoutRestart() throws Exception {
    ProxyLab.requireTools("qemu-io");
    try (ProxyLab lab = lab().configure(ProxyLab.fileExport("one", "")).start()) {
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(directory.resolve("admin.sock"))))
          .isEqualTo("rw-------");
      Path more = directory.resolve("more.yaml");
      Files.writeString(more, "exports:\n" + ProxyLab.fileExport("two", ""));
      lab.admin("export", "add", "--from", more.toString());
      assertThat(lab.qemuIo("two", "write -P 7 0 4k", "read -P 7 0 4k").status()).isZero();
      assertThat(lab.tryAdmin("export", "add", "--from", more.toString()).status()).isEqualTo(2);

      assertThat(lab.admin("export", "drain", "two").get("clients_left_by_themselves").asBoolean())
          .isTrue();
      assertThat(lab.qemuIo("two", "read 0 4k").status()).isNotZero();
      lab.admin("export", "resume", "two");
      assertThat(lab.qemuIo("two", "read -P 7 0 4k").status()).isZero();

      lab.admin("export", "remove", "two");
      assertThat(lab.admin("export", "list").get("exports")).hasSize(1);
      assertThat(lab.tryAdmin("export", "remove", "two").status()).isEqualTo(2);
    }
  }

  @Test
  void reload_bySignal_makesTheExportsWhatTheFileSays() throws Exception {
    assumeFalse(ignoresHangup(), "SIGHUP is ignored here and below, as nohup has it");
    try (ProxyLab lab =
        lab()
            .configure(ProxyLab.fileExport("gone", "") + ProxyLab.fileExport("stays", ""))
            .start()) {
      lab.configure(
          ProxyLab.fileExport("stays", "") + ProxyLab.fileExport("new", "open: at_start"));
      ProxyLab.mustRun("kill", "-HUP", Long.toString(lab.process().pid()));
      lab.awaitState("new", "open");

      assertThat(lab.admin("export", "list").get("exports").findValuesAsText("name"))
          .containsExactly("new", "stays");
      lab.configure("  new: {backing: {fill: x}}\n");
      Cli.Result refused = lab.tryAdmin("reload");
      assertThat(refused.status()).isEqualTo(2);
      assertThat(refused.out()).contains("fill", "did you mean 'file'?");
      assertThat(lab.export("stays").get("state").asText()).isEqualTo("closed");
    }
  }

  private static boolean ignoresHangup() throws IOException {
    String ignored =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("SigIgn:"))
            .findFirst()
            .orElseThrow();
    return (Long.parseUnsignedLong(ignored.substring(7).strip(), 16) & 1) == 1;
  }

  @Test
  void serve_secondProxyOnTheSameBacking_isRefusedThere() throws Exception {
    ProxyLab.requireTools("qemu-io");
    Path elsewhere = Files.createDirectory(directory.resolve("other"));
    try (ProxyLab first = lab().configure(ProxyLab.fileExport("data", "open: at_start")).start();
        ProxyLab second = new ProxyLab(elsewhere, Map.of())) {
      second.configure(
          """
            data:
              backing: {file: ../data.img}
              key_source: {key_file: ../data.key}
              clients: any
          """);
      second.start();
      assertThat(second.qemuIo("data", "read 0 4k").status()).isNotZero();
      assertThat(second.export("data").get("last_failure").asText()).contains("BACKING_IN_USE");
      assertThatThrownBy(() -> DeviceClaim.take(directory.resolve("data.img")))
          .isInstanceOf(DeviceInUseException.class);
      assertThat(first.qemuIo("data", "read 0 4k").status()).isZero();
      first.stop();
      assertThat(second.qemuIo("data", "read 0 4k").status()).isZero();
    }
  }

  @Test
  void suspend_clientLeavesWhileItsWriteWaits_isNotWrittenAtResume() throws Exception {
    Path socket = directory.resolve("nbd.sock");
    byte[] old = "old!".repeat(1024).getBytes(StandardCharsets.US_ASCII);
    try (ProxyLab lab = lab().configure(ProxyLab.fileExport("data", "")).start()) {
      try (PlainNbd client = PlainNbd.connect(socket, "data")) {
        client.write(0, old, true);
      }
      CompletableFuture<Void> write;
      try (PlainNbd ghost = PlainNbd.connect(socket, "data")) {
        lab.admin("export", "suspend", "data");
        write = CompletableFuture.runAsync(() -> writeUnanswered(ghost, new byte[4096]));
        while (lab.export("data").get("queue_depth").asLong() == 0) {
          Thread.sleep(20);
        }
      }
      write.get(20, TimeUnit.SECONDS);
      while (lab.export("data").get("connections").asLong() > 0) {
        Thread.sleep(20);
      }
      lab.admin("export", "resume", "data");
      try (PlainNbd client = PlainNbd.connect(socket, "data")) {
        assertThat(client.read(0, 4096)).isEqualTo(old);
      }
    }
  }

  private static void writeUnanswered(PlainNbd client, byte[] content) {
    try {
      client.write(0, content, false);
      throw new AssertionError("it was answered");
    } catch (IOException e) {
      // As meant: the client goes away while it waits.
    }
  }

  @Test
  void serve_terminated_drainsAndKeepsEverythingWritten() throws Exception {
    ProxyLab.requireTools("qemu-io");
    try (ProxyLab lab = lab().configure(ProxyLab.fileExport("data", "")).start()) {
      assertThat(lab.qemuIo("data", "write -P 9 1M 1M").status()).isZero();
      lab.process().destroy();
      assertThat(lab.process().waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(directory.resolve("admin.sock")).doesNotExist();
      lab.start();
      assertThat(lab.qemuIo("data", "read -P 9 1M 1M").status()).isZero();
    }
  }

  @Test
  void serve_blankBackingAndNoCreate_isLeftBlank() throws Exception {
    ProxyLab.requireTools("qemu-io");
    Files.write(directory.resolve("data.img"), new byte[32 << 20]);
    Files.write(directory.resolve("data.key"), new byte[32]);
    Files.setPosixFilePermissions(
        directory.resolve("data.key"), PosixFilePermissions.fromString("rw-------"));
    try (ProxyLab lab =
        lab()
            .configure(
                """
                  data:
                    backing: {file: data.img}
                    key_source: {key_file: data.key}
                    clients: any
                """)
            .start()) {
      assertThat(lab.qemuIo("data", "read 0 4k").status()).isNotZero();
      assertThat(lab.export("data").get("last_failure").asText()).contains("create: true");
    }
    assertThat(Files.readAllBytes(directory.resolve("data.img"))).containsOnly(0);
  }

  @Test
  void serve_otherUser_isNotGivenTheExport() throws Exception {
    ProxyLab.requireTools("nbdinfo");
    String export =
        ProxyLab.fileExport("data", "").replace("clients: any", "clients: [{uid: 12345}]");
    try (ProxyLab lab = lab().configure(export).start()) {
      assertThat(ProxyLab.run("nbdinfo", lab.uri("data").toString()).status()).isNotZero();
      assertThat(ProxyLab.run("nbdinfo", "--list", lab.uri("").toString()).output())
          .doesNotContain("export=\"data\"");
      assertThat(lab.http("/metrics").body())
          .containsPattern("secretfs_proxy_clients_refused_total\\{export=\"data\"} [1-9]");
    }
  }

  @Test
  void checkConfig_mistake_namesLineAndNearestName() throws Exception {
    ProxyLab lab = lab().configure(ProxyLab.fileExport("data", "discardz: ignore"));

    Cli.Result result = lab.tryAdmin("check-config");

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.out())
        .contains("proxy.yaml:14", "exports.data.discardz", "did you mean 'discards'?");
  }

  @Test
  void serve_stripeOfTwoFiles_isServedAgainAndInOrderOnly() throws Exception {
    ProxyLab.requireTools("qemu-io");
    String parts = "[{file: a.img, size: 32MiB}, {file: b.img, size: 32MiB}]";
    String export =
        ProxyLab.fileExport("data", "")
            .replace("{file: data.img, size: 64MiB}", "{stripe: %s}".formatted(parts));
    try (ProxyLab lab = lab().configure(export).start()) {
      assertThat(lab.qemuIo("data", "write -P 3 0 8M", "read -P 3 0 8M").status()).isZero();
      lab.stop();
      lab.start();
      assertThat(lab.qemuIo("data", "read -P 3 0 8M").status()).isZero();
      lab.configure(
          export.replace("a.img", "x.img").replace("b.img", "a.img").replace("x.img", "b.img"));
      lab.stop();
      lab.start();
      assertThat(lab.qemuIo("data", "read 0 4k").status()).isNotZero();
    }
  }

  @Test
  void rateLimit_requests_areHeldBack() throws Exception {
    ProxyLab.requireTools("qemu-io");
    String export = ProxyLab.fileExport("data", "rate_limit: {bytes_per_second: 4MiB}");
    try (ProxyLab lab = lab().configure(export).start()) {
      assertThat(lab.qemuIo("data", "write 0 8M").status()).isZero();
      assertThat(lab.http("/metrics").body())
          .containsPattern(
              "secretfs_proxy_throttled_seconds_total\\{export=\"data\"} (0\\.[5-9]|[1-9])");
    }
  }
}
