package org.secretfs.keymanager.kms;

import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyState;

/** What the state of a key forbids. */
final class KeyChecks {
  private KeyChecks() {}

  /** Refuses a key that may not encrypt and decrypt now. */
  static KeyRecord requireEnabled(KeyRecord key, Arns arns) throws Refused {
    requireMaterial(key, arns);
    if (key.state() == KeyState.Disabled) {
      throw new Refused(KmsErrorCode.DISABLED, "%s is disabled.".formatted(arns.key(key.id())));
    }
    return key;
  }

  /** Refuses a key that is to be deleted, or has no material. */
  static KeyRecord requireMaterial(KeyRecord key, Arns arns) throws Refused {
    requireNotPendingDeletion(key, arns);
    if (key.state() == KeyState.PendingImport) {
      throw new Refused(
          KmsErrorCode.INVALID_STATE, "%s is pending import.".formatted(arns.key(key.id())));
    }
    return key;
  }

  /** Refuses a key whose material does, or does not, come from outside. */
  static KeyRecord requireOrigin(KeyRecord key, boolean external, Arns arns) throws Refused {
    if ((key.imported() != null) != external) {
      throw Unsupported.unsupported(
          "%s origin is %s which is not valid for this operation."
              .formatted(arns.key(key.id()), KeyMetadata.origin(key)));
    }
    return key;
  }

  /** Refuses a key that is to be deleted. */
  static KeyRecord requireNotPendingDeletion(KeyRecord key, Arns arns) throws Refused {
    if (key.state() == KeyState.PendingDeletion) {
      throw new Refused(
          KmsErrorCode.INVALID_STATE, "%s is pending deletion.".formatted(arns.key(key.id())));
    }
    return key;
  }

  /** Ends a request that only asked whether it would be done. */
  static void endDryRun(Params params) throws Refused {
    if (params.flag("DryRun")) {
      throw new Refused(
          KmsErrorCode.DRY_RUN, "The request would have succeeded, but the DryRun option is set.");
    }
  }
}
