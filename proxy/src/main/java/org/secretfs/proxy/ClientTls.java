package org.secretfs.proxy;

import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.nbd.client.NbdTarget;
import org.secretfs.nbd.client.NbdUri;

/**
 * How a client of an NBD server speaks TLS: files in PEM, read anew for each device that is opened.
 *
 * @param authorities whom the server's certificate must come from; empty: those of the Java runtime
 * @param certificate the own certificate, then those between it and an authority
 * @param key its private key, as {@link TlsFiles} wants it; there exactly if the certificate is
 * @param serverName the name that the server's certificate must be for; empty: the address' host
 */
public record ClientTls(
    Optional<Path> authorities,
    Optional<Path> certificate,
    Optional<Path> key,
    Optional<String> serverName) {
  public ClientTls {
    if (certificate.isPresent() != key.isPresent()) {
      throw new IllegalArgumentException("a certificate and its key go together");
    }
  }

  /** With the Java runtime's authorities, and without a certificate of one's own. */
  public static final ClientTls DEFAULT =
      new ClientTls(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * Refuses TLS files for an address in the clear.
   *
   * @throws IllegalArgumentException whose message follows on the address in a sentence
   */
  public static void requireFitting(NbdUri uri, Optional<ClientTls> tls) {
    if (tls.isPresent() && !uri.tls()) {
      throw new IllegalArgumentException("is not under TLS: write nbds");
    }
  }

  /**
   * The export that an address names; one under TLS without files is reached by {@link #DEFAULT}.
   *
   * @throws ProxyException if a file cannot be read
   * @throws IllegalArgumentException as {@link #requireFitting}
   */
  public static NbdTarget target(NbdUri uri, Optional<ClientTls> tls) throws ProxyException {
    requireFitting(uri, tls);
    if (!uri.tls()) {
      return uri.target(Optional.empty());
    }
    ClientTls files = tls.orElse(DEFAULT);
    return uri.target(
        Optional.of(
            new NbdTarget.Tls(
                TlsFiles.context(files.certificate, files.key, files.authorities),
                files.serverName.orElse(uri.serverName()))));
  }
}
