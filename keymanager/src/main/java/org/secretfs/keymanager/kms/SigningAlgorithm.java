package org.secretfs.keymanager.kms;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.secretfs.keymanager.store.KeySpec;

/** How signatures are made, by the names of the API. */
enum SigningAlgorithm {
  RSASSA_PKCS1_V1_5_SHA_256(Family.PKCS1, 256),
  RSASSA_PKCS1_V1_5_SHA_384(Family.PKCS1, 384),
  RSASSA_PKCS1_V1_5_SHA_512(Family.PKCS1, 512),
  RSASSA_PSS_SHA_256(Family.PSS, 256),
  RSASSA_PSS_SHA_384(Family.PSS, 384),
  RSASSA_PSS_SHA_512(Family.PSS, 512),
  ECDSA_SHA_256(Family.ECDSA, 256),
  ECDSA_SHA_384(Family.ECDSA, 384),
  ECDSA_SHA_512(Family.ECDSA, 512),
  ED25519_SHA_512(Family.ED25519, 512);

  static final List<String> NAMES = Stream.of(values()).map(Enum::name).toList();

  /** The construction. */
  enum Family {
    PKCS1,
    PSS,
    ECDSA,
    ED25519
  }

  private final Family family;
  private final int digestBits;

  SigningAlgorithm(Family family, int digestBits) {
    this.family = family;
    this.digestBits = digestBits;
  }

  Family family() {
    return family;
  }

  int digestBytes() {
    return digestBits / 8;
  }

  /** As the JDK names the hash. */
  String digestName() {
    return "SHA-" + digestBits;
  }

  private boolean fits(KeySpec spec) {
    return switch (family) {
      case PKCS1, PSS -> spec.isRsa();
      case ED25519 -> spec == KeySpec.ECC_NIST_EDWARDS25519;
      case ECDSA ->
          spec.name().startsWith("ECC_")
              && spec != KeySpec.ECC_NIST_EDWARDS25519
              && digestBits == (spec == KeySpec.ECC_NIST_P521 ? 512 : spec.bits());
    };
  }

  static List<String> namesFor(KeySpec spec) {
    return Stream.of(values()).filter(one -> one.fits(spec)).map(Enum::name).toList();
  }

  byte[] digest(byte[] message) {
    try {
      return switch (digestBits) {
        case 256 -> MessageDigest.getInstance("SHA-256").digest(message);
        case 384 -> MessageDigest.getInstance("SHA-384").digest(message);
        default -> MessageDigest.getInstance("SHA-512").digest(message);
      };
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-2", e);
    }
  }

  /**
   * What stands before a digest in the structure DigestInfo.
   *
   * @spec https://www.rfc-editor.org/rfc/rfc8017#section-9.2 RFC 8017 section 9.2, note 1
   */
  byte[] digestInfoPrefix() {
    return HexFormat.of()
        .parseHex(
            switch (digestBits) {
              case 256 -> "3031300d060960864801650304020105000420";
              case 384 -> "3041300d060960864801650304020205000430";
              default -> "3051300d060960864801650304020305000440";
            });
  }
}
