package org.secretfs.nbd.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.nbd.socket.Endpoint;

class NbdUriTest {
  @Test
  void parse_tcp_hasHostPortAndName() {
    assertThat(NbdUri.parse("nbd://example.org:1234/a%20b/c"))
        .isEqualTo(NbdTarget.of(new Endpoint.Tcp("example.org", 1234), "a b/c"));
  }

  @Test
  void parse_tcpWithoutPortAndName_hasTheRegisteredPortAndTheDefaultExport() {
    assertThat(NbdUri.parse("nbd://[::1]"))
        .isEqualTo(NbdTarget.of(new Endpoint.Tcp("::1", 10809), ""));
  }

  @Test
  void parse_unix_hasDecodedSocketAndName() {
    assertThat(NbdUri.parse("nbd+unix:///data?socket=/run/a+b%20c.sock"))
        .isEqualTo(NbdTarget.of(new Endpoint.Unix(Path.of("/run/a+b c.sock")), "data"));
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
        "nbds://localhost/x",
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
