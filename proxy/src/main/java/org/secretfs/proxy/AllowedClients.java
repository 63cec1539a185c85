package org.secretfs.proxy;

import java.util.Set;
import org.secretfs.nbd.server.ClientIdentity;

/**
 * Who may use an export. A client is allowed if it matches one entry.
 *
 * @param anyone whether everybody is who reaches the listener: on a Unix socket whoever the file's
 *     permissions let in
 * @param subjects distinguished names of certificates, in the form of RFC 2253
 * @param spiffeIds the one URI in a certificate's subject alternative names, as {@code spiffe://…}
 * @param userIds user ids of processes at the other end of a Unix socket
 */
public record AllowedClients(
    boolean anyone, Set<String> subjects, Set<String> spiffeIds, Set<Long> userIds) {
  /** Everybody. */
  public static final AllowedClients ANYONE =
      new AllowedClients(true, Set.of(), Set.of(), Set.of());

  public AllowedClients {
    subjects = Set.copyOf(subjects);
    spiffeIds = Set.copyOf(spiffeIds);
    userIds = Set.copyOf(userIds);
  }

  /** Whether this client may. */
  public boolean allows(ClientIdentity client) {
    return anyone || allowsCertificate(client) || allowsUser(client);
  }

  private boolean allowsCertificate(ClientIdentity client) {
    return client
        .certificate()
        .filter(certificate ->
            subjects.contains(certificate.subject())
                || certificate.spiffeId().filter(spiffeIds::contains).isPresent())
        .isPresent();
  }

  private boolean allowsUser(ClientIdentity client) {
    return client
        .credentials()
        .filter(process -> userIds.contains(Integer.toUnsignedLong(process.uid())))
        .isPresent();
  }

  /** Whether only a certificate makes a client one of these. */
  boolean needCertificate() {
    return !anyone && userIds.isEmpty();
  }
}
