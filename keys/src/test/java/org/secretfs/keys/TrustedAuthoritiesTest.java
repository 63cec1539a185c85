package org.secretfs.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.crypto.pem.KeyAndChain;
import org.secretfs.keys.http.JdkHttpClient;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;

/** A server whose certificate comes from an authority of one's own. */
class TrustedAuthoritiesTest {
  @TempDir private Path directory;

  private HttpsServer server() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "openssl is not installed");
    String command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj"
            + " /CN=own -addext subjectAltName=DNS:localhost -keyout own.key -out own.pem";
    Process made =
        new ProcessBuilder(command.split(" ", -1))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("openssl.log").toFile())
            .start();
    assertThat(made.waitFor()).isZero();
    KeyAndChain own = KeyAndChain.read(directory.resolve("own.pem"), directory.resolve("own.key"));
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry("own", own.key(), new char[0], own.chain());
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static int status(HttpsServer server, Optional<SSLContext> authorities) throws Exception {
    Duration limit = Duration.ofSeconds(10);
    try (JdkHttpClient client = new JdkHttpClient(limit, limit, authorities)) {
      URI uri = URI.create("https://localhost:%d/".formatted(server.getAddress().getPort()));
      SdkHttpRequest request = SdkHttpRequest.builder().uri(uri).method(SdkHttpMethod.GET).build();
      return client
          .prepareRequest(HttpExecuteRequest.builder().request(request).build())
          .call()
          .httpResponse()
          .statusCode();
    }
  }

  @Test
  void call_serverOfOwnAuthority_succeedsExactlyWhereItIsTrusted() throws Exception {
    HttpsServer server = server();
    try {
      SSLContext own = TrustedAuthorities.of(directory.resolve("own.pem"));
      assertThat(status(server, Optional.of(own))).isEqualTo(204);
      assertThatThrownBy(() -> status(server, Optional.empty())).isInstanceOf(SSLException.class);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void of_fileWithoutCertificates_saysWhichAndWhoNamedIt() throws Exception {
    Path file = Files.writeString(directory.resolve("ca.pem"), "");
    assertThatThrownBy(() -> TrustedAuthorities.of(file))
        .isInstanceOf(KeySourceException.Misconfigured.class)
        .hasMessageContaining("AWS_CA_BUNDLE")
        .hasMessageContaining("ca.pem holds no certificate");
  }
}
