package org.secretfs.keymanager.kms;

import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyState;
import org.secretfs.keymanager.store.KeyUsage;

/** What the state of a key forbids. */
final class KeyChecks {
  private KeyChecks() {}

  /** The key of a request, if it may be used for this, so, and now. */
  static KeyRecord usable(Call call, KeyUsage usage, String algorithm) throws Refused, IOException {
    KeyRecord key = requireUsage(call.key(), usage, call);
    requireAlgorithm(key, algorithm);
    return requireEnabled(key, call.arns());
  }

  /** Refuses a key that is for something else. */
  static KeyRecord requireUsage(KeyRecord key, KeyUsage usage, Call call) throws Refused {
    if (key.type().usage() != usage) {
      throw new Refused(
          KmsErrorCode.INVALID_KEY_USAGE,
          "%s key usage is %s which is not valid for %s."
              .formatted(call.arns().key(key.id()), key.type().usage(), call.operationName()));
    }
    return key;
  }

  /** Refuses an algorithm that is not the key's. */
  static void requireAlgorithm(KeyRecord key, String algorithm) throws Refused {
    if (!Algorithms.of(key.type()).contains(algorithm)) {
      throw new Refused(
          KmsErrorCode.INVALID_KEY_USAGE,
          "Algorithm %s is incompatible with key spec %s.".formatted(algorithm, key.type().spec()));
    }
  }

  /** Refuses a key that makes no data keys. */
  static KeyRecord requireSymmetric(KeyRecord key, Call call) throws Refused {
    requireUsage(key, KeyUsage.ENCRYPT_DECRYPT, call);
    if (!key.type().isSymmetric()) {
      throw new Refused(
          KmsErrorCode.INVALID_KEY_USAGE,
          "%s key spec is %s which is not valid for %s."
              .formatted(call.arns().key(key.id()), key.type().spec(), call.operationName()));
    }
    return key;
  }

  /** Refuses a key whose material is never replaced. */
  static KeyRecord requireRotatable(KeyRecord key) throws Refused {
    if (!key.type().isSymmetric()) {
      throw Unsupported.unsupported("");
    }
    return key;
  }

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
