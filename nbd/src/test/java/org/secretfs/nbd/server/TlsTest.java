package org.secretfs.nbd.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.TestExports;
import org.secretfs.nbd.Tools;
import org.secretfs.nbd.client.NbdBlockDevice;
import org.secretfs.nbd.client.NbdTarget;
import org.secretfs.nbd.socket.Endpoint;

/** TLS: its modes, its identities, and those who would do without. */
class TlsTest {
  private static final int SIZE_BYTES = 4 << 20;
  private static final int TLS_REQD = RawClient.ERR | 5;
  private static final String SPIFFE = "spiffe://example.org/disk-client";
  private static final char[] NO_PASSWORD = "changeit".toCharArray();

  @TempDir private static Path pki;
  @TempDir private Path folder;
  private final TestExports exports =
      TestExports.of("disk", new InMemoryBlockDevice(SIZE_BYTES))
          .add("guarded", new InMemoryBlockDevice(SIZE_BYTES), t -> t.tlsOnly());
  private @Nullable NbdServer server;

  /** An authority, a server for localhost, a client with a SPIFFE id, and a stranger's client. */
  @BeforeAll
  static void certificates() throws Exception {
    Tools.require("openssl");
    authority("ca");
    authority("stranger");
    leaf("server", "ca", "subjectAltName=DNS:localhost,IP:127.0.0.1");
    leaf("client", "ca", "subjectAltName=URI:" + SPIFFE);
    leaf("forged", "stranger", "subjectAltName=URI:" + SPIFFE);
    Files.copy(pki.resolve("ca.pem"), pki.resolve("ca-cert.pem"));
    for (String name : List.of("server", "client")) {
      Files.copy(pki.resolve(name + ".pem"), pki.resolve(name + "-cert.pem"));
      Files.copy(pki.resolve(name + ".key"), pki.resolve(name + "-key.pem"));
    }
  }

  private static void authority(String name) throws Exception {
    Tools.run(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + name,
        "-keyout",
        pki.resolve(name + ".key"),
        "-out",
        pki.resolve(name + ".pem"));
  }

  private static void leaf(String name, String issuer, String extension) throws Exception {
    Path extensions = Files.writeString(pki.resolve(name + ".ext"), extension);
    Tools.run(
        "openssl",
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/O=Example/CN=" + name,
        "-keyout",
        pki.resolve(name + ".key"),
        "-out",
        pki.resolve(name + ".csr"));
    Tools.run(
        "openssl",
        "x509",
        "-req",
        "-days",
        "2",
        "-in",
        pki.resolve(name + ".csr"),
        "-CA",
        pki.resolve(issuer + ".pem"),
        "-CAkey",
        pki.resolve(issuer + ".key"),
        "-CAcreateserial",
        "-extfile",
        extensions,
        "-out",
        pki.resolve(name + ".pem"));
    Tools.run(
        "openssl",
        "pkcs12",
        "-export",
        "-in",
        pki.resolve(name + ".pem"),
        "-inkey",
        pki.resolve(name + ".key"),
        "-passout",
        "pass:changeit",
        "-out",
        pki.resolve(name + ".p12"));
  }

  private static SSLContext context(Optional<String> key, String trust)
      throws GeneralSecurityException, IOException {
    TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
    KeyStore authorities = KeyStore.getInstance("PKCS12");
    authorities.load(null, null);
    try (InputStream in = Files.newInputStream(pki.resolve(trust + ".pem"))) {
      authorities.setCertificateEntry(
          trust, CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    trusted.init(authorities);
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    if (key.isPresent()) {
      keys.init(load(key.get() + ".p12"), NO_PASSWORD);
    } else {
      keys.init(null, NO_PASSWORD);
    }
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
    return context;
  }

  private static KeyStore load(String name) throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(pki.resolve(name))) {
      store.load(in, NO_PASSWORD);
    }
    return store;
  }

  private void serve(TlsMode mode, boolean certificateRequired) throws Exception {
    ServerConfig config =
        new ServerConfig(
            List.of(
                new ServerConfig.Listener(new Endpoint.Tcp("127.0.0.1", 0), mode),
                new ServerConfig.Listener(new Endpoint.Unix(folder.resolve("s")), mode)),
            Optional.of(
                new ServerConfig.Tls(context(Optional.of("server"), "ca"), certificateRequired)),
            ServerConfig.Limits.DEFAULT);
    server = NbdServer.start(config, exports, ServerListener.NONE);
  }

  @AfterEach
  void end() {
    if (server != null) {
      server.close();
    }
  }

  private RawClient raw() throws IOException {
    return RawClient.greeted(folder.resolve("s"));
  }

  private NbdTarget target(String export, Optional<String> key, String trust) throws Exception {
    return NbdTarget.of(Objects.requireNonNull(server).endpoints().getFirst(), export)
        .withTls(new NbdTarget.Tls(context(key, trust), "localhost"));
  }

  @Test
  void client_withCertificate_isKnownBySubjectAndSpiffeId() throws Exception {
    serve(TlsMode.REQUIRED, true);
    byte[] content = new byte[600_001];
    new SplittableRandom(1).nextBytes(content);
    try (NbdBlockDevice device = NbdBlockDevice.open(target("disk", Optional.of("client"), "ca"))) {
      device.write(ByteBuffer.wrap(content.clone()), 4096);
      ByteBuffer back = ByteBuffer.allocateDirect(content.length);
      device.read(back, 4096);
      assertThat(back.flip()).isEqualTo(ByteBuffer.wrap(content));
    }
    ClientIdentity client = exports.lastClient();
    assertThat(client.tls()).isTrue();
    assertThat(client.certificate().orElseThrow().subject()).isEqualTo("CN=client,O=Example");
    assertThat(client.certificate().orElseThrow().spiffeId()).contains(SPIFFE);
  }

  @Test
  void client_withoutCertificateWhereOneIsRequired_isTurnedAway() throws Exception {
    serve(TlsMode.REQUIRED, true);
    NbdTarget target = target("disk", Optional.empty(), "ca");
    assertThatThrownBy(() -> NbdBlockDevice.open(target)).isInstanceOf(IOException.class);
  }

  @Test
  void client_speakingTls12_isTurnedAway() throws Exception {
    serve(TlsMode.REQUIRED, false);
    SSLContext old = SSLContext.getInstance("TLSv1.2");
    old.init(null, null, null);
    try (RawClient client = raw()) {
      assertThat(client.optionType(RawClient.STARTTLS, new byte[0])).isEqualTo(1);
      javax.net.ssl.SSLEngine engine = old.createSSLEngine();
      engine.setUseClientMode(true);
      engine.setEnabledProtocols(new String[] {"TLSv1.2"});
      ByteBuffer hello = ByteBuffer.allocate(32 << 10);
      engine.beginHandshake();
      engine.wrap(ByteBuffer.allocate(0), hello);
      client.send(hello);
      ByteBuffer alert = client.receive(7);
      assertThat(alert.get(0)).as("an alert").isEqualTo((byte) 21);
      assertThat(alert.get(6)).as("protocol version").isEqualTo((byte) 70);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void client_withStrangersCertificate_isTurnedAway() throws Exception {
    serve(TlsMode.REQUIRED, true);
    NbdTarget target = target("disk", Optional.of("forged"), "ca");
    assertThatThrownBy(() -> NbdBlockDevice.open(target)).isInstanceOf(IOException.class);
  }

  @Test
  void client_withoutCertificateWhereNoneIsRequired_isAnonymous() throws Exception {
    serve(TlsMode.REQUIRED, false);
    NbdBlockDevice.open(target("disk", Optional.empty(), "ca")).close();
    assertThat(exports.lastClient().certificate()).isEmpty();
  }

  @Test
  void client_thatDoesNotTrustTheServer_leaves() throws Exception {
    serve(TlsMode.REQUIRED, false);
    NbdTarget target = target("disk", Optional.empty(), "stranger");
    assertThatThrownBy(() -> NbdBlockDevice.open(target))
        .isInstanceOf(javax.net.ssl.SSLException.class);
  }

  @Test
  void required_optionsInTheClear_areRefusedAndExportNameIsClosed() throws Exception {
    serve(TlsMode.REQUIRED, false);
    try (RawClient client = raw()) {
      assertThat(client.optionType(RawClient.GO, RawClient.choice("disk"))).isEqualTo(TLS_REQD);
      assertThat(client.optionType(RawClient.LIST, new byte[0])).isEqualTo(TLS_REQD);
      assertThat(client.optionType(4711, new byte[0])).isEqualTo(TLS_REQD);
      assertThat(client.optionType(RawClient.ABORT, new byte[0])).isEqualTo(1);
    }
    try (RawClient client = raw()) {
      client.sendOption(RawClient.EXPORT_NAME, new byte[] {'d', 'i', 's', 'k'});
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void allowed_guardedExportInTheClear_isTlsRequired() throws Exception {
    serve(TlsMode.ALLOWED, false);
    try (RawClient client = raw()) {
      assertThat(client.optionType(RawClient.INFO, RawClient.choice("guarded")))
          .isEqualTo(TLS_REQD);
      assertThat(client.optionType(RawClient.GO, RawClient.choice("disk"))).isEqualTo(1);
    }
    NbdBlockDevice.open(target("guarded", Optional.empty(), "ca")).close();
  }

  @Test
  void startTls_plaintextBehindIt_isClosed() throws Exception {
    serve(TlsMode.ALLOWED, false);
    try (RawClient client = raw()) {
      ByteBuffer both = ByteBuffer.allocate(64);
      both.putLong(RawClient.OPTION_MAGIC).putInt(RawClient.STARTTLS).putInt(0);
      both.putLong(RawClient.OPTION_MAGIC).putInt(RawClient.STRUCTURED).putInt(0);
      client.send(both);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void startTls_garbageInsteadOfAHandshake_isClosed() throws Exception {
    serve(TlsMode.ALLOWED, false);
    try (RawClient client = raw()) {
      assertThat(client.optionType(RawClient.STARTTLS, new byte[0])).isEqualTo(1);
      ByteBuffer garbage = ByteBuffer.allocate(1000);
      client.send(garbage.position(1000));
      while (client.channel.read(ByteBuffer.allocate(1000)) >= 0) {
        // An alert, then the end.
      }
    }
  }

  @Test
  void startTls_withData_isInvalid() throws Exception {
    serve(TlsMode.ALLOWED, false);
    try (RawClient client = raw()) {
      assertThat(client.optionType(RawClient.STARTTLS, new byte[1])).isEqualTo(RawClient.ERR | 3);
    }
  }

  @Test
  void client_serverRefusesTls_doesNotGoOnInTheClear() throws Exception {
    serve(TlsMode.OFF, false);
    NbdTarget target = target("disk", Optional.empty(), "ca");
    assertThatThrownBy(() -> NbdBlockDevice.open(target)).hasMessageContaining("refuses TLS");
  }

  @Test
  void nbdcopy_overTlsWithCertificate_isTheSame() throws Exception {
    serve(TlsMode.REQUIRED, true);
    Path noise = folder.resolve("noise");
    byte[] bytes = new byte[SIZE_BYTES];
    new SplittableRandom(2).nextBytes(bytes);
    Files.write(noise, bytes);
    int port = ((Endpoint.Tcp) Objects.requireNonNull(server).endpoints().getFirst()).port();
    String uri = "nbds://localhost:%d/disk?tls-certificates=%s".formatted(port, pki);
    Tools.run("nbdcopy", noise, uri);
    Tools.run("nbdcopy", uri, folder.resolve("back"));
    assertThat(Files.mismatch(noise, folder.resolve("back"))).isEqualTo(-1);
  }
}
