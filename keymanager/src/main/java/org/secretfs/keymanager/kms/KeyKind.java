package org.secretfs.keymanager.kms;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeySpec;
import org.secretfs.keymanager.store.KeyType;
import org.secretfs.keymanager.store.KeyUsage;

/** What kind of key a request wants. */
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

  /** What kind of key is wanted and what for; refuses what does not go together. */
  static KeyType type(Params params) throws Refused {
    KeySpec spec = spec(params);
    Optional<KeyUsage> usage = usage(params);
    if (usage.isEmpty() && spec != KeySpec.SYMMETRIC_DEFAULT) {
      throw Constraints.invalid(
          "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
    }
    KeyUsage wanted = usage.orElse(KeyUsage.ENCRYPT_DECRYPT);
    if (!Algorithms.isPossible(spec, wanted)) {
      throw Constraints.invalid(
          "KeyUsage %s is not compatible with KeySpec %s".formatted(wanted, spec));
    }
    return new KeyType(spec, wanted);
  }

  /** Whether the material comes from outside; refuses origins that do not exist here. */
  static boolean isExternal(Params params, KeyType type) throws Refused {
    boolean external = isExternalOrigin(params);
    if (external && !type.isSymmetric()) {
      throw Unsupported.unsupported(
          "Origin EXTERNAL is not supported for KeySpec %s.".formatted(type.spec()));
    }
    return external;
  }

  private static KeySpec spec(Params params) throws Refused {
    Optional<KeySpec> spec = spec(params, "KeySpec");
    Optional<KeySpec> older = spec(params, "CustomerMasterKeySpec");
    if (spec.isPresent() && older.isPresent() && !spec.equals(older)) {
      throw Constraints.invalid("You cannot specify KeySpec and CustomerMasterKeySpec.");
    }
    return spec.or(() -> older).orElse(KeySpec.SYMMETRIC_DEFAULT);
  }

  /** The lists in AWS's messages are older than some of the values that it takes. */
  private static Optional<KeySpec> spec(Params params, String member) throws Refused {
    Optional<String> text = params.text(member, 0, 4096);
    Optional<KeySpec> spec =
        text.flatMap(
            name -> Stream.of(KeySpec.values()).filter(one -> one.name().equals(name)).findFirst());
    return spec.isPresent() || text.isEmpty()
        ? spec
        : params.choice(member, SPECS).map(KeySpec::valueOf);
  }

  private static Optional<KeyUsage> usage(Params params) throws Refused {
    Optional<String> text = params.text("KeyUsage", 0, 4096);
    return text.isPresent() && text.get().equals(KeyUsage.KEY_AGREEMENT.name())
        ? Optional.of(KeyUsage.KEY_AGREEMENT)
        : params.choice("KeyUsage", USAGES).map(KeyUsage::valueOf);
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
