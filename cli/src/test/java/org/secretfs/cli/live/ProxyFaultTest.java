package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backings that fill up, shrink or go away under the proxy: errors, no lies, and no end. */
class ProxyFaultTest {
  @TempDir Path directory;

  private ProxyLab lab() {
    return new ProxyLab(directory, Map.of());
  }

  @Test
  void write_fileSystemFull_isEnospcAndTheRestIsServed() throws Exception {
    ProxyLab.requireTools("qemu-io", "mount");
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root to mount a tmpfs");
    Path small = Files.createDirectory(directory.resolve("small"));
    ProxyLab.mustRun("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", small.toString());
    try (ProxyLab lab =
        lab()
            .configure(
                ProxyLab.fileExport("data", "").replace("file: data.img", "file: small/data.img"))
            .start()) {
      assertThat(lab.qemuIo("data", "write -P 1 0 1M").status()).isZero();
      ProxyLab.Ran full = lab.qemuIo("data", "write -P 2 1M 32M");
      assertThat(full.status()).isNotZero();
      assertThat(full.output()).contains("No space left on device");
      assertThat(lab.qemuIo("data", "read -P 1 0 1M").status()).isZero();
      assertThat(lab.http("/metrics").body())
          .containsPattern("errors_total\\{export=\"data\",command=\"write\"} [1-9]");
    } finally {
      ProxyLab.mustRun("umount", small.toString());
    }
  }

  @Test
  void read_backingCutShort_isAnErrorThereAndServedBefore() throws Exception {
    ProxyLab.requireTools("qemu-io");
    try (ProxyLab lab = lab().configure(ProxyLab.fileExport("data", "")).start()) {
      assertThat(lab.qemuIo("data", "write -P 1 0 40M").status()).isZero();
      try (RandomAccessFile file =
          new RandomAccessFile(directory.resolve("data.img").toFile(), "rw")) {
        file.setLength(32 << 20);
      }
      assertThat(lab.qemuIo("data", "read -P 1 0 8M").status()).isZero();
      assertThat(lab.qemuIo("data", "read 20M 4k").status()).isNotZero();
      assertThat(lab.process().isAlive()).isTrue();
    }
  }

  @Test
  void admin_malformedRequests_areRefusedAndServedOn() throws Exception {
    try (ProxyLab lab = lab().configure(ProxyLab.fileExport("data", "")).start()) {
      for (String line : new String[] {"", "{", "[]", "{\"command\":\"x\"}", "\u0000\u0001"}) {
        assertThat(exchange(line)).contains("REQUEST_MALFORMED");
      }
      assertThat(lab.export("data").get("state").asText()).isEqualTo("closed");
    }
  }

  private String exchange(String line) throws IOException {
    try (var channel =
        java.nio.channels.SocketChannel.open(
            java.net.UnixDomainSocketAddress.of(directory.resolve("admin.sock")))) {
      channel.write(
          java.nio.ByteBuffer.wrap(
              (line + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8)));
      var in = java.nio.channels.Channels.newInputStream(channel);
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  @Test
  void serve_tlsRequiredAndNotUsed_isRefused() throws Exception {
    ProxyLab.requireTools("nbdinfo", "openssl");
    Certificates certificates = Certificates.in(directory);
    try (ProxyLab lab =
        lab()
            .listening("  - {unix: nbd.sock, tls: required}\n")
            .with(certificates.settings())
            .configure(
                ProxyLab.fileExport("data", "")
                    .replace("clients: any", "clients: [{subject: \"CN=db1\"}]"))
            .start()) {
      String plain = lab.uri("data").toString();
      assertThat(ProxyLab.run("nbdinfo", plain).status()).isNotZero();
      String tls = "nbds+unix" + plain.substring(plain.indexOf(':'));
      assertThat(ProxyLab.run("nbdinfo", tls + "&tls-certificates=" + certificates.client("db1")))
          .satisfies(ran -> assertThat(ran.status()).as(ran.output()).isZero());
      assertThat(
              ProxyLab.run("nbdinfo", tls + "&tls-certificates=" + certificates.client("db2"))
                  .status())
          .as("another certificate of the same authority")
          .isNotZero();
      assertThat(lab.log()).contains("example.org\\/db2", "not among the export's clients");
    }
  }
}
