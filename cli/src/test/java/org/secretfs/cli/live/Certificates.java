package org.secretfs.cli.live;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** An authority of the test's own, with a server and any clients, in files as libnbd wants them. */
final class Certificates {
  private final Path directory;

  private Certificates(Path directory) {
    this.directory = directory;
  }

  static Certificates in(Path base) throws Exception {
    Certificates made = new Certificates(Files.createDirectory(base.resolve("tls")));
    made.openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority"
            + " -keyout ca.key -out ca.pem");
    made.sign("server", "localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1");
    return made;
  }

  /** The lines of the proxy's configuration. */
  String settings() {
    return "tls: {certificate: tls/server.pem, key: tls/server.key, client_authorities:"
        + " tls/ca.pem}\n";
  }

  /** A folder as libnbd's {@code tls-certificates} wants it. */
  Path client(String name) throws Exception {
    sign(name, name, "subjectAltName=URI:spiffe://example.org/" + name);
    Path folder = Files.createDirectory(directory.resolve("client-" + name));
    Files.copy(directory.resolve("ca.pem"), folder.resolve("ca-cert.pem"));
    Files.copy(directory.resolve(name + ".pem"), folder.resolve("client-cert.pem"));
    Files.copy(directory.resolve(name + ".key"), folder.resolve("client-key.pem"));
    return folder;
  }

  private void sign(String name, String commonName, String extension) throws Exception {
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=%s -keyout %s.key -out %s.csr"
            .formatted(commonName, name, name));
    Files.writeString(directory.resolve(name + ".ext"), extension + "\n");
    openssl(
        "x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile %s.ext -out %s.pem"
            .formatted(name, name, name));
  }

  private void openssl(String arguments) throws Exception {
    Process process =
        new ProcessBuilder(("openssl " + arguments).split(" ", -1))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException("openssl " + arguments + ": " + output);
    }
  }
}
