package org.secretfs.keymanager.identity;

import java.time.Instant;
import org.secretfs.crypto.memory.SecretBuffer;

/** What an authenticator shows. */
public final class TotpCodes {
  private TotpCodes() {}

  public static String code(SecretBuffer key, Instant at) {
    return Totp.code(key, at);
  }
}
