package org.secretfs.keymanager.sts;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.identity.Session;
import org.secretfs.keymanager.identity.Sessions;

/** Hands temporary credentials out. */
final class Issuer {
  private final Sessions sessions;

  Issuer(Sessions sessions) {
    this.sessions = sessions;
  }

  /** What the client gets. */
  @BorrowsSecret(because = "the answer is text")
  ObjectNode credentials(Session session) {
    try (SecretBuffer secret = sessions.secretOf(session.accessKeyId())) {
      String text = secret.borrow(bytes -> new String(bytes, StandardCharsets.US_ASCII));
      return StsOperation.object()
          .put("AccessKeyId", session.accessKeyId())
          .put("SecretAccessKey", text)
          .put("SessionToken", sessions.token(session))
          .put("Expiration", session.expires().toString());
    }
  }

  /** What the record says of it. */
  static ObjectNode recorded(Session session) {
    ObjectNode recorded = StsOperation.object();
    recorded
        .putObject("credentials")
        .put("accessKeyId", session.accessKeyId())
        .put("expiration", session.expires().toString());
    return recorded;
  }
}
