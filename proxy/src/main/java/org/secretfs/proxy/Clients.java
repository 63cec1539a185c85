package org.secretfs.proxy;

import org.secretfs.nbd.server.ClientIdentity;

/** Clients in logs and records. */
final class Clients {
  private Clients() {}

  /** Who it is as far as is proven, and where it comes from. */
  static String label(ClientIdentity client) {
    if (client.certificate().isPresent()) {
      var certificate = client.certificate().get();
      return "%s from %s"
          .formatted(certificate.spiffeId().orElse(certificate.subject()), client.peer());
    }
    return client
        .credentials()
        .map(process -> "uid %d pid %d".formatted(process.uid(), process.pid()))
        .orElse(client.peer());
  }
}
