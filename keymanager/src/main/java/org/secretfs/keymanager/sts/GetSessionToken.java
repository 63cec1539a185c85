package org.secretfs.keymanager.sts;

import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.AccessKeys;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.identity.Session;
import org.secretfs.keymanager.store.PrincipalStore;

/** Gives a user temporary credentials with its own rights, with a second factor if it shows one. */
final class GetSessionToken implements StsOperation {
  private static final int LEAST_SECONDS = 900;
  private static final int MOST_SECONDS = 129_600;
  private static final int USUAL_SECONDS = 43_200;

  private final SecondFactor factor;
  private final Issuer issuer;

  GetSessionToken(SecondFactor factor, Issuer issuer) {
    this.factor = factor;
    this.issuer = issuer;
  }

  @Override
  public Set<String> parameters() {
    return Set.of("DurationSeconds", "SerialNumber", "TokenCode");
  }

  @Override
  public Answer run(Call call) throws Refused, IOException {
    Principal principal = call.principal();
    int seconds =
        call.form().seconds("DurationSeconds", LEAST_SECONDS, MOST_SECONDS, USUAL_SECONDS);
    call.asked().put("durationSeconds", seconds);
    if (principal.session() != null) {
      throw new Refused(
          KmsErrorCode.ACCESS_DENIED, "Cannot call GetSessionToken with session credentials");
    }
    String user = principal.subject().userName().orElseThrow();
    Instant now = call.now().truncatedTo(ChronoUnit.SECONDS);
    Session session =
        new Session(
            AccessKeys.newId(AccessKeys.TEMPORARY),
            PrincipalStore.user(user),
            principal.created(),
            user,
            now,
            now.plusSeconds(seconds),
            factor.shown(call),
            null);
    return new Answer(
        StsOperation.object().set("Credentials", issuer.credentials(session)),
        Issuer.recorded(session));
  }
}
