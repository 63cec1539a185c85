package org.secretfs.keymanager.kms;

import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/** What AWS has and this key manager has not. */
final class Unsupported {
  private Unsupported() {}

  static void refuse(Params params, String... members) throws Refused {
    for (String member : members) {
      if (params.has(member)) {
        throw unsupported(member + " is not supported.");
      }
    }
  }

  static Refused unsupported(String message) {
    return new Refused(KmsErrorCode.UNSUPPORTED_OPERATION, message);
  }
}
