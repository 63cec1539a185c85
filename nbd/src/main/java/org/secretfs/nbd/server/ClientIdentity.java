package org.secretfs.nbd.server;

import java.util.List;
import java.util.Optional;
import org.secretfs.nbd.socket.PeerCredentials;

/**
 * Who a client is, as far as its connection proves it.
 *
 * @param peer where it comes from, for logs: an address and port, or {@code unix}
 * @param credentials the process at the other end of a Unix socket, as the kernel tells it
 * @param tls whether the connection is under TLS
 * @param certificate what its verified certificate says, if it sent one
 */
public record ClientIdentity(
    String peer,
    Optional<PeerCredentials> credentials,
    boolean tls,
    Optional<CertificateIdentity> certificate) {

  /**
   * To whom its connections are put down: the SPIFFE id or subject of its certificate, else the
   * user at the other end of a Unix socket, else the address it comes from.
   */
  public String account() {
    if (certificate.isPresent()) {
      return certificate.get().spiffeId().orElse(certificate.get().subject());
    }
    if (credentials.isPresent()) {
      return "uid " + Integer.toUnsignedString(credentials.get().uid());
    }
    int port = peer.lastIndexOf(':');
    return port < 0 ? peer : peer.substring(0, port);
  }

  /**
   * Of a verified client certificate.
   *
   * @param subject the distinguished name in RFC 2253 form
   * @param uris the URIs among its alternative names, such as SPIFFE ids
   */
  public record CertificateIdentity(String subject, List<String> uris) {
    public CertificateIdentity {
      uris = List.copyOf(uris);
    }

    /** The SPIFFE id, if the certificate has exactly one URI and it is one. */
    public Optional<String> spiffeId() {
      return uris.size() == 1 && uris.getFirst().startsWith("spiffe://")
          ? Optional.of(uris.getFirst())
          : Optional.empty();
    }
  }
}
