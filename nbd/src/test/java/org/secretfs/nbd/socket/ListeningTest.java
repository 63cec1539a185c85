package org.secretfs.nbd.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.TestExports;
import org.secretfs.nbd.TestServer;
import org.secretfs.nbd.Tools;
import org.secretfs.nbd.client.NbdBlockDevice;
import org.secretfs.nbd.client.NbdTarget;

/** Places to listen at. */
class ListeningTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir private Path folder;

  private Endpoint.Unix unix() {
    return new Endpoint.Unix(folder.resolve("s"));
  }

  @Test
  void unix_client_isKnownByItsUser() throws Exception {
    TestExports exports = TestExports.of("", new InMemoryBlockDevice(1 << 20));
    try (TestServer server = new TestServer(exports)) {
      NbdBlockDevice.open(NbdTarget.of(server.endpoint(), "")).close();
    }
    PeerCredentials peer = exports.lastClient().credentials().orElseThrow();
    assertThat(peer.pid()).isEqualTo(ProcessHandle.current().pid());
    assertThat(peer.uid())
        .isEqualTo((int) Files.getAttribute(Files.createFile(folder.resolve("f")), "unix:uid"));
  }

  @Test
  void unix_socketFile_hasItsModeAndGoesAway() throws IOException {
    try (ListeningSocket _ = ListeningSocket.open(new Endpoint.Unix(folder.resolve("s"), 0660))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("s"))))
          .isEqualTo("rw-rw----");
    }
    assertThat(folder.resolve("s")).doesNotExist();
  }

  @Test
  void unix_staleSocket_isReplacedAndALiveOneOrAFileIsNot() throws IOException {
    try (var left =
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      left.bind(java.net.UnixDomainSocketAddress.of(folder.resolve("s")));
    }
    try (ListeningSocket _ = ListeningSocket.open(unix())) {
      assertThatThrownBy(() -> ListeningSocket.open(unix()))
          .hasMessageContaining("another process");
    }
    Files.writeString(folder.resolve("s"), "precious");
    assertThatThrownBy(() -> ListeningSocket.open(unix())).hasMessageContaining("cannot listen");
    assertThat(folder.resolve("s")).hasContent("precious");
  }

  /** As of a server that is too busy to take anybody just now. */
  @Test
  void unix_socketWhoseQueueIsFull_isNotReplaced() throws Exception {
    List<SocketStream> waiting = new ArrayList<>();
    try (ServerSocketChannel busy = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      busy.bind(UnixDomainSocketAddress.of(folder.resolve("s")), 1);
      while (waiting.size() < 2) {
        waiting.add(SocketStream.connect(unix(), Duration.ofMillis(300)));
      }

      assertThatThrownBy(() -> ListeningSocket.open(unix())).isInstanceOf(IOException.class);

      assertThat(folder.resolve("s")).exists();
    } finally {
      waiting.forEach(SocketStream::close);
    }
  }

  @Test
  void unix_pathTooLong_isRefused() {
    Endpoint.Unix longest = new Endpoint.Unix(folder.resolve("x".repeat(120)));
    assertThatThrownBy(() -> ListeningSocket.open(longest)).hasMessageContaining("at most 107");
  }

  @Test
  void tcp_portZero_getsAFreeOne() throws IOException {
    for (String host : List.of("127.0.0.1", "::1")) {
      try (ListeningSocket listening = ListeningSocket.open(new Endpoint.Tcp(host, 0));
          SocketStream client = SocketStream.connect(listening.endpoint());
          SocketStream server = listening.accept(PATIENCE).orElseThrow()) {
        client.write(ByteBuffer.wrap(new byte[] {42}));
        ByteBuffer got = ByteBuffer.allocate(4);
        assertThat(server.read(got)).isEqualTo(1);
        assertThat(got.get(0)).isEqualTo((byte) 42);
        client.abort();
        assertThat(server.read(got)).isEqualTo(-1);
      }
    }
  }

  @Test
  void inherited_notASocket_isRefused() {
    assertThatThrownBy(() -> ListeningSocket.open(new Endpoint.Inherited(999)))
        .hasMessageContaining("descriptor 999");
  }

  @Test
  void inherited_socket_isServedAndLeftOpen() throws Exception {
    Tools.require("systemd-socket-activate");
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    Path command = Path.of(System.getProperty("java.home"), "bin", "java");
    Process process =
        new ProcessBuilder(
                "systemd-socket-activate",
                "-l",
                folder.resolve("s").toString(),
                command.toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                "org.secretfs.nbd.ServeMain")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    try {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!Files.exists(folder.resolve("s")) && System.nanoTime() < deadline) {
        Thread.sleep(10);
      }
      Thread.sleep(100); // between its bind and its listen
      try (NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(unix(), ""))) {
        assertThat(device.sizeBytes()).isEqualTo(1 << 20);
      }
      process.getOutputStream().close();
      assertThat(process.waitFor(10, java.util.concurrent.TimeUnit.SECONDS))
          .as(Files.readString(folder.resolve("log")))
          .isTrue();
      assertThat(folder.resolve("s")).as("belongs to the service manager").exists();
    } finally {
      process.destroyForcibly();
    }
  }
}
