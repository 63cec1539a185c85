package org.secretfs.nbd.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.nbd.socket.Endpoint;

class NbdUriTest {
  @Test
  void parse_tcp_hasHostPortAndName() {
    assertThat(NbdUri.parse("nbd://example.org:1234/a%20b/c"))
        .isEqualTo(new NbdUri(new Endpoint.Tcp("example.org", 1234), "a b/c", false));
  }

  @Test
  void parse_tcpWithoutPortAndName_hasTheRegisteredPortAndTheDefaultExport() {
    assertThat(NbdUri.parse("nbd://[::1]"))
        .isEqualTo(new NbdUri(new Endpoint.Tcp("::1", 10809), "", false));
  }

  @Test
  void parse_unix_hasDecodedSocketAndName() {
    assertThat(NbdUri.parse("nbd+unix:///data?socket=/run/a+b%20c.sock"))
        .isEqualTo(new NbdUri(new Endpoint.Unix(Path.of("/run/a+b c.sock")), "data", false));
  }

  @Test
  void parse_nbds_isUnderTlsAndNamesItsServer() {
    NbdUri tcp = NbdUri.parse("nbds://example.org/x");
    NbdUri unix = NbdUri.parse("nbds+unix:///x?socket=/run/s");

    assertThat(tcp.tls()).isTrue();
    assertThat(tcp.serverName()).isEqualTo("example.org");
    assertThat(unix.tls()).isTrue();
    assertThat(unix.serverName()).isEqualTo("localhost");
  }

  @Test
  void target_tlsOnOneSideOnly_isRefused() throws Exception {
    NbdTarget.Tls tls = new NbdTarget.Tls(SSLContext.getDefault(), "example.org");

    assertThatThrownBy(() -> NbdUri.parse("nbds://example.org/x").target(Optional.empty()))
        .hasMessageContaining("asks for TLS");
    assertThatThrownBy(() -> NbdUri.parse("nbd://example.org/x").target(Optional.of(tls)))
        .hasMessageContaining("not under TLS");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "data",
        "http://localhost/x",
        "nbd:///x",
        "nbd://localhost:99999/",
        "nbd://localhost/x?socket=/y",
        "nbd+unix:///x",
        "nbd+unix:///x?socket=relative",
        "nbd+unix:///x?socket=/y&tls-psk-file=z",
        "nbd+unix:///x?socket=/y%00",
        "nbd+unix://host/x?socket=/y",
        "nbds:///x",
        "nbd://local host/"
      })
  void parse_anythingElse_isRefused(String text) {
    assertThatThrownBy(() -> NbdUri.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void parse_nameTooLong_isRefused() {
    assertThatThrownBy(() -> NbdUri.parse("nbd://localhost/" + "x".repeat(4097)))
        .hasMessageContaining("at most 4096");
  }
}
