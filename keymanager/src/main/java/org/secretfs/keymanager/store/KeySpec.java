package org.secretfs.keymanager.store;

/** What kind of key it is, by the name that the API has for it. */
public enum KeySpec {
  SYMMETRIC_DEFAULT,
  HMAC_224,
  HMAC_256,
  HMAC_384,
  HMAC_512,
  RSA_2048,
  RSA_3072,
  RSA_4096,
  ECC_NIST_P256,
  ECC_NIST_P384,
  ECC_NIST_P521,
  ECC_SECG_P256K1,
  ECC_NIST_EDWARDS25519;

  /** Whether it is a pair of RSA. */
  public boolean isRsa() {
    return name().startsWith("RSA_");
  }

  /** Whether it is a pair of keys. */
  public boolean isPair() {
    return isRsa() || name().startsWith("ECC_");
  }

  /** The number in its name: bits of an RSA modulus, of a curve, of a hash. */
  public int bits() {
    return switch (this) {
      case SYMMETRIC_DEFAULT, ECC_NIST_P256, ECC_SECG_P256K1, ECC_NIST_EDWARDS25519, HMAC_256 ->
          256;
      case HMAC_224 -> 224;
      case HMAC_384, ECC_NIST_P384 -> 384;
      case HMAC_512 -> 512;
      case ECC_NIST_P521 -> 521;
      case RSA_2048 -> 2048;
      case RSA_3072 -> 3072;
      case RSA_4096 -> 4096;
    };
  }
}
