package org.secretfs.keymanager;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.keymanager.tls.TlsSettings;

/** An authority of the test's own with a server and any clients, made by openssl. */
final class TestCertificates {
  private final Path directory;

  private TestCertificates(Path directory) {
    this.directory = directory;
  }

  static TestCertificates in(Path base) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/openssl")), "openssl is not installed");
    TestCertificates made = new TestCertificates(Files.createDirectory(base.resolve("tls")));
    made.openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority"
            + " -keyout ca.key -out ca.pem");
    made.sign("server");
    return made;
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  TlsSettings settings() {
    return new TlsSettings(file("server.pem"), file("server.key"), Optional.empty(), false);
  }

  TlsSettings askingClients(boolean required) {
    return new TlsSettings(
        file("server.pem"), file("server.key"), Optional.of(file("ca.pem")), required);
  }

  /** Makes a certificate and key anew, in place of those that are there. */
  void sign(String name) throws Exception {
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=%s -keyout new.key -out %s.csr"
            .formatted(name, name));
    Files.writeString(file(name + ".ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    openssl(
        "x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile %s.ext -out new.pem"
            .formatted(name, name));
    Files.move(
        file("new.key"), file(name + ".key"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.move(
        file("new.pem"), file(name + ".pem"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  String openssl(String arguments) throws Exception {
    return run(("openssl " + arguments).split(" ", -1)).out();
  }

  /** How a program ended. */
  record Result(int status, String out) {}

  /** Runs a program where the files are; its output and its errors are one text. */
  Result run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), output);
  }
}
