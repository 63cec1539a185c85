package org.secretfs.keymanager.sts;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.Totp;
import org.secretfs.keymanager.kms.Arns;

/** Checks the code that a request shows. */
final class SecondFactor {
  private final Totp totp;
  private final Arns arns;

  SecondFactor(Totp totp, Arns arns) {
    this.totp = totp;
    this.arns = arns;
  }

  /**
   * When the second factor of the asking user was shown: now, earlier in its session, or never.
   *
   * @throws Refused if a code is given and is not the right one
   */
  @Nullable Instant shown(StsOperation.Call call) throws Refused, IOException {
    Optional<String> serial = call.form().text("SerialNumber", 9, 256, "[\\w+=/:,.@-]*");
    Optional<String> code = call.form().text("TokenCode", 6, 6, "[0-9]*");
    serial.ifPresent(name -> call.asked().put("serialNumber", name));
    if (serial.isPresent() != code.isPresent()) {
      throw Form.invalid("SerialNumber and TokenCode must be given together.");
    }
    if (serial.isEmpty()) {
      return call.principal().session() == null ? null : call.principal().session().secondFactor();
    }
    String user = call.principal().subject().userName().orElse("");
    boolean own = !user.isEmpty() && serial.get().equals(arns.secondFactor(user));
    if (!own || !totp.accepts(user, code.get(), call.now())) {
      throw new Refused(
          KmsErrorCode.ACCESS_DENIED,
          "MultiFactorAuthentication failed with invalid MFA one time pass code.");
    }
    return call.now();
  }
}
