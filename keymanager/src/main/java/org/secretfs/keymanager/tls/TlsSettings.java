package org.secretfs.keymanager.tls;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The files of the server's TLS, in PEM.
 *
 * @param certificate the server's certificate, then those between it and an authority
 * @param key its private key, PKCS #8 without passphrase: RSA, EC or Ed25519
 * @param clientAuthorities whom clients' certificates must come from; empty: clients are not asked
 *     for one
 * @param clientCertificateRequired whether a client without a certificate is refused; with client
 *     authorities only
 */
public record TlsSettings(
    Path certificate,
    Path key,
    Optional<Path> clientAuthorities,
    boolean clientCertificateRequired) {
  /** Checks what goes together. */
  public TlsSettings {
    if (clientCertificateRequired && clientAuthorities.isEmpty()) {
      throw new IllegalArgumentException("client certificates need client authorities");
    }
  }

  List<Path> files() {
    List<Path> files = new ArrayList<>(List.of(certificate, key));
    clientAuthorities.ifPresent(files::add);
    return files;
  }
}
