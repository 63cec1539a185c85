package org.secretfs.keymanager;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.crypto.pem.PemFiles;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.tls.TlsSettings;

/** The server under TLS, for curl, the AWS CLI, openssl and the JDK. */
class TlsTest {
  @TempDir private Path directory;
  private TestCertificates files;

  @BeforeEach
  void certificates() throws Exception {
    files = TestCertificates.in(directory);
  }

  private TestServer start(TlsSettings tls) throws Exception {
    KeyManagerConfig config =
        KeyManagerConfig.below(directory).withServer(ServerSettings.DEFAULT.withTls(tls));
    return TestServer.start(config, Clock.systemUTC());
  }

  private TestCertificates.Result curl(TestServer server, String... more) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/curl")), "curl is not installed");
    String[] fixed = {"curl", "-sS", "--cacert", "ca.pem"};
    String[] all = java.util.Arrays.copyOf(fixed, fixed.length + more.length + 1);
    System.arraycopy(more, 0, all, fixed.length, more.length);
    all[all.length - 1] = "https://localhost:%d/healthz".formatted(server.port());
    return files.run(all);
  }

  private SSLSocket connect(TestServer server) throws Exception {
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(PemFiles.authorities(files.file("ca.pem")));
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), new SecureRandom());
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("localhost", server.port());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static BigInteger serial(SSLSocket socket) throws IOException {
    return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
  }

  private static String health(SSLSocket socket) throws IOException {
    socket
        .getOutputStream()
        .write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".getBytes(US_ASCII));
    byte[] answer = new byte[4096];
    int length = 0;
    while (!new String(answer, 0, length, ISO_8859_1).endsWith("}\n")) {
      int read = socket.getInputStream().read(answer, length, answer.length - length);
      assertThat(read).as("the connection stays").isPositive();
      length += read;
    }
    return new String(answer, 0, length, ISO_8859_1);
  }

  @Test
  void curl_versions_areTls12AndLaterOnly() throws Exception {
    try (TestServer server = start(files.settings())) {
      assertThat(curl(server).out()).contains("\"status\":\"ok\"");
      assertThat(curl(server, "--tlsv1.2", "--tls-max", "1.2").out()).contains("\"ok\"");
      TestCertificates.Result old =
          files.run(
              "openssl",
              "s_client",
              "-connect",
              "localhost:" + server.port(),
              "-tls1_1",
              "-cipher",
              "ALL:@SECLEVEL=0");
      assertThat(old.status()).isNotZero();
      assertThat(old.out()).containsIgnoringCase("alert protocol version");
    }
  }

  @Test
  void aws_withCaBundle_decryptsWhatItEncrypted() throws Exception {
    try (TestServer server = start(files.settings())) {
      String script =
          """
          aws --version > /dev/null 2>&1 || exit 99
          export AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_DEFAULT_REGION=us-east-1
          export AWS_ENDPOINT_URL=https://localhost:%d AWS_MAX_ATTEMPTS=1 AWS_EC2_METADATA_DISABLED=true
          aws kms list-keys && echo trusted-without
          set -e
          export AWS_CA_BUNDLE=ca.pem
          key=$(aws kms create-key --query KeyMetadata.KeyId --output text)
          printf my-secret > plain
          aws kms encrypt --key-id $key --plaintext fileb://plain --query CiphertextBlob --output text | base64 -d > blob
          aws kms decrypt --ciphertext-blob fileb://blob --query Plaintext --output text
          """
              .formatted(server.accessKeyId(), server.secretAccessKey(), server.port());
      TestCertificates.Result ran = files.run("sh", "-c", script);
      assumeTrue(ran.status() != 99, "the AWS CLI (aws) is not installed");
      assertThat(ran.status()).as(ran.out()).isZero();
      assertThat(ran.out()).contains("bXktc2VjcmV0").doesNotContain("trusted-without");
    }
  }

  @Test
  void certificate_replaced_isServedToNewConnectionsWhileOldOnesStay() throws Exception {
    try (TestServer server = start(files.settings());
        SSLSocket before = connect(server)) {
      assertThat(health(before)).contains("200");
      files.sign("server");
      BigInteger renewed = serial(before);
      for (int i = 0; i < 100 && renewed.equals(serial(before)); i++) {
        Thread.sleep(100);
        try (SSLSocket after = connect(server)) {
          renewed = serial(after);
        }
      }
      assertThat(renewed).isNotEqualTo(serial(before));
      assertThat(health(before)).contains("200");
    }
  }

  @Test
  void reload_keyOfAnotherCertificate_isRefusedAndThePresentOneStays() throws Exception {
    try (TestServer server = start(files.settings())) {
      files.sign("other");
      Files.copy(
          files.file("other.key"),
          files.file("server.key"),
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      assertThatThrownBy(server::reload)
          .isInstanceOf(KeyManagerException.Configuration.class)
          .hasMessageContaining("is not the key of the certificate");
      assertThat(curl(server).out()).contains("\"status\":\"ok\"");
    }
  }

  @Test
  void client_withoutCertificate_isRefusedExactlyWhereItIsRequired() throws Exception {
    files.sign("client");
    try (TestServer server = start(files.askingClients(true))) {
      assertThat(curl(server).status()).isNotZero();
      assertThat(curl(server, "--cert", "client.pem", "--key", "client.key").out())
          .contains("\"status\":\"ok\"");
      files.openssl(
          "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=forged"
              + " -keyout forged.key -out forged.pem");
      assertThat(curl(server, "--cert", "forged.pem", "--key", "forged.key").status()).isNotZero();
    }
    try (TestServer server = start(files.askingClients(false))) {
      assertThat(curl(server).out()).contains("\"status\":\"ok\"");
      assertThat(curl(server, "--cert", "forged.pem", "--key", "forged.key").status()).isNotZero();
    }
  }

  @Test
  void start_unusableFiles_saysWhich() throws Exception {
    Files.writeString(files.file("server.key"), "no key");
    assertThatThrownBy(() -> start(files.settings()))
        .isInstanceOf(KeyManagerException.Configuration.class)
        .hasMessageContaining("server.key holds no PKCS #8 private key");
  }

  @Test
  void plainRequest_toATlsPort_getsNoAnswerOfTheApi() throws Exception {
    try (TestServer server = start(files.settings())) {
      TestCertificates.Result plain =
          files.run("curl", "-sS", "http://localhost:%d/healthz".formatted(server.port()));
      assertThat(plain.out()).doesNotContain("status\":\"ok");
    }
  }
}
