package org.secretfs.keymanager.kms;

import java.util.List;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** What kind of key a request wants: so far, symmetric keys. */
final class KeyKind {
  private static final List<String> SPECS =
      List.of(
          "RSA_2048",
          "ECC_NIST_P384",
          "ECC_NIST_P256",
          "ECC_NIST_P521",
          "HMAC_384",
          "RSA_3072",
          "ECC_SECG_P256K1",
          "RSA_4096",
          "SYMMETRIC_DEFAULT",
          "HMAC_256",
          "HMAC_224",
          "HMAC_512");
  private static final List<String> USAGES =
      List.of("ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC");
  private static final List<String> ORIGINS =
      List.of("AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE");

  private KeyKind() {}

  /** Whether the material comes from outside; refuses kinds that do not exist here. */
  static boolean isExternal(Params params) throws Refused {
    String spec = spec(params);
    Optional<String> usage = params.choice("KeyUsage", USAGES);
    if (usage.isEmpty() && !spec.equals(KeyMetadata.SYMMETRIC_DEFAULT)) {
      throw Constraints.invalid(
          "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
    }
    requireSymmetric(spec, usage);
    return isExternalOrigin(params);
  }

  private static String spec(Params params) throws Refused {
    Optional<String> spec = params.choice("KeySpec", SPECS);
    Optional<String> older = params.choice("CustomerMasterKeySpec", SPECS);
    if (spec.isPresent() && older.isPresent() && !spec.equals(older)) {
      throw Constraints.invalid("You cannot specify KeySpec and CustomerMasterKeySpec.");
    }
    return spec.or(() -> older).orElse(KeyMetadata.SYMMETRIC_DEFAULT);
  }

  private static void requireSymmetric(String spec, Optional<String> usage) throws Refused {
    if (!spec.equals(KeyMetadata.SYMMETRIC_DEFAULT)) {
      throw Unsupported.unsupported("KeySpec %s is not supported.".formatted(spec));
    }
    if (usage.isPresent() && !usage.get().equals("ENCRYPT_DECRYPT")) {
      throw Constraints.invalid(
          "KeyUsage %s is not compatible with KeySpec %s".formatted(usage.get(), spec));
    }
  }

  private static boolean isExternalOrigin(Params params) throws Refused {
    String origin = params.choice("Origin", ORIGINS).orElse("AWS_KMS");
    if (!origin.equals("AWS_KMS") && !origin.equals("EXTERNAL")) {
      throw Unsupported.unsupported("Origin %s is not supported.".formatted(origin));
    }
    if (params.flag("MultiRegion")) {
      throw Unsupported.unsupported("MultiRegion keys are not supported.");
    }
    Unsupported.refuse(params, "CustomKeyStoreId", "XksKeyId");
    return origin.equals("EXTERNAL");
  }
}
