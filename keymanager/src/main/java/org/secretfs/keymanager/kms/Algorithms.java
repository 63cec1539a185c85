package org.secretfs.keymanager.kms;

import java.util.List;
import org.secretfs.keymanager.store.KeySpec;
import org.secretfs.keymanager.store.KeyType;
import org.secretfs.keymanager.store.KeyUsage;

/** Which algorithms go with which keys, and how errors list them. */
final class Algorithms {
  static final List<String> MAC =
      List.of("HMAC_SHA_384", "HMAC_SHA_256", "HMAC_SHA_224", "HMAC_SHA_512");
  static final List<String> AGREEMENT = List.of("ECDH");
  private static final List<String> OAEP = List.of("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256");

  private Algorithms() {}

  /** Whether a key of this kind may be for this; refuses nothing. */
  static boolean isPossible(KeySpec spec, KeyUsage usage) {
    return switch (usage) {
      case ENCRYPT_DECRYPT -> spec == KeySpec.SYMMETRIC_DEFAULT || spec.isRsa();
      case SIGN_VERIFY -> spec.isPair();
      case GENERATE_VERIFY_MAC -> spec.name().startsWith("HMAC_");
      case KEY_AGREEMENT -> spec.name().startsWith("ECC_NIST_P");
    };
  }

  /** The algorithms that a key may be used with. */
  static List<String> of(KeyType type) {
    KeySpec spec = type.spec();
    return switch (type.usage()) {
      case ENCRYPT_DECRYPT -> spec.isRsa() ? OAEP : List.of(spec.name());
      case GENERATE_VERIFY_MAC -> List.of("HMAC_SHA_" + spec.bits());
      case KEY_AGREEMENT -> AGREEMENT;
      case SIGN_VERIFY -> SigningAlgorithm.namesFor(spec);
    };
  }

  /** The member in which a key's description lists them. */
  static String memberOf(KeyUsage usage) {
    return switch (usage) {
      case ENCRYPT_DECRYPT -> "EncryptionAlgorithms";
      case SIGN_VERIFY -> "SigningAlgorithms";
      case GENERATE_VERIFY_MAC -> "MacAlgorithms";
      case KEY_AGREEMENT -> "KeyAgreementAlgorithms";
    };
  }
}
