package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted volumes whose ciphertext lives at NBD servers of other makers. */
class ProxyNbdBackingTest {
  private static final long VOLUME_BYTES = 64 << 20;

  @TempDir Path directory;

  private final List<Process> servers = new ArrayList<>();

  @AfterEach
  void endServers() throws Exception {
    for (Process server : servers) {
      server.destroyForcibly().waitFor();
    }
  }

  private Process serve(String... command) throws Exception {
    Process server =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("server.log").toFile())
            .start();
    servers.add(server);
    return server;
  }

  private void awaitAnswer(String uri) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (ProxyLab.run("nbdinfo", "--size", uri).status() != 0) {
      assertThat(System.nanoTime()).as("a server at %s", uri).isLessThan(deadline);
      Thread.sleep(50);
    }
  }

  private Path blank() throws Exception {
    Path image = directory.resolve("far.img");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(VOLUME_BYTES);
    }
    return image;
  }

  private Path socket() {
    return directory.resolve("far.sock");
  }

  private String unix() {
    return "nbd+unix:///?socket=" + socket();
  }

  private ProxyLab lab(String uri) throws Exception {
    return new ProxyLab(directory, Map.of())
        .configure(
            """
              data:
                backing: {nbd: '%s'}
                create: true
                key_source: {key_file: data.key}
                clients: any
            """
                .formatted(uri));
  }

  private void assertOpensWithCryptsetup(Path image) throws Exception {
    ProxyLab.mustRun(
        "cryptsetup",
        "open",
        "--test-passphrase",
        "--key-file",
        directory.resolve("data.key").toString(),
        image.toString());
  }

  private static int freePort() throws Exception {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  @Test
  void serve_qemuNbdOverTcp_holdsAVolumeThatCryptsetupOpens() throws Exception {
    ProxyLab.requireTools("qemu-nbd", "qemu-io", "nbdinfo", "cryptsetup");
    Path image = blank();
    int port = freePort();
    Process far =
        serve(
            "qemu-nbd",
            "-f",
            "raw",
            "-t",
            "-e",
            "8",
            "-x",
            "disk",
            "-b",
            "127.0.0.1",
            "-p",
            Integer.toString(port),
            image.toString());
    String uri = "nbd://127.0.0.1:%d/disk".formatted(port);
    awaitAnswer(uri);
    try (ProxyLab lab = lab(uri).start()) {
      assertThat(lab.qemuIo("data", "write -P 7 0 2M", "write -P 8 513k 3k", "flush"))
          .satisfies(ran -> assertThat(ran.status()).as(ran.output() + lab.log()).isZero());
      lab.stop();
      lab.start();
      assertThat(lab.qemuIo("data", "read -P 7 0 513k", "read -P 8 513k 3k").status()).isZero();
    }
    far.destroy();
    far.waitFor();
    assertOpensWithCryptsetup(image);
  }

  @Test
  void serve_nbdkitThatDelays_answersWithinItsPatience() throws Exception {
    ProxyLab.requireTools("nbdkit", "qemu-io", "nbdinfo", "cryptsetup");
    Path image = blank();
    nbdkit(image, "--filter=delay", "rdelay=20ms", "wdelay=20ms");
    try (ProxyLab lab = lab(unix()).start()) {
      assertThat(lab.qemuIo("data", "write -P 7 0 1M", "flush", "read -P 7 0 1M").status())
          .isZero();
    }
    assertOpensWithCryptsetup(image);
  }

  private Process nbdkit(Path image, String... more) throws Exception {
    List<String> words = new ArrayList<>(List.of("nbdkit", "-f", "-U", socket().toString()));
    List.of(more).stream().filter(word -> word.startsWith("-")).forEach(words::add);
    words.addAll(List.of("file", image.toString()));
    List.of(more).stream().filter(word -> !word.startsWith("-")).forEach(words::add);
    Process server = serve(words.toArray(String[]::new));
    awaitAnswer(unix());
    return server;
  }

  @Test
  void write_serverGoneAndBack_goesOnWithNothingLost() throws Exception {
    ProxyLab.requireTools("nbdkit", "qemu-io", "nbdinfo", "cryptsetup");
    Path image = blank();
    Process first = nbdkit(image);
    try (ProxyLab lab = lab(unix()).start()) {
      assertThat(lab.qemuIo("data", "write -P 7 0 1M", "flush").status()).isZero();
      first.destroyForcibly().waitFor();
      Files.deleteIfExists(socket());
      Process waiting =
          new ProcessBuilder(
                  "qemu-io", "-f", "raw", "-c", "write -f -P 9 1M 1M", lab.uri("data").toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("waiting.log").toFile())
              .start();
      assertThat(waiting.waitFor(1, TimeUnit.SECONDS)).as("it waits").isFalse();
      nbdkit(image);
      assertThat(waiting.waitFor(30, TimeUnit.SECONDS)).as("it goes on").isTrue();
      assertThat(waiting.exitValue())
          .as(Files.readString(directory.resolve("waiting.log")))
          .isZero();
      assertThat(lab.qemuIo("data", "read -P 7 0 1M", "read -P 9 1M 1M").status()).isZero();
    }
    assertOpensWithCryptsetup(image);
  }

  @Test
  void serve_readOnlyServer_isRefusedUnlessTheExportIsReadOnly() throws Exception {
    ProxyLab.requireTools("nbdkit", "qemu-io", "nbdinfo");
    nbdkit(blank(), "-r");
    try (ProxyLab lab = lab(unix()).start()) {
      assertThat(lab.qemuIo("data", "read 0 4k").status()).isNotZero();
      assertThat(lab.log()).contains("read_only: true");
    }
  }

  @Test
  void checkConfig_addressOfNoExport_namesTheForm() throws Exception {
    ProxyLab lab = lab("http://localhost/x");
    Cli.Result result = lab.tryAdmin("check-config");
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.toString()).contains("nbd://HOST:PORT/NAME");
  }
}
