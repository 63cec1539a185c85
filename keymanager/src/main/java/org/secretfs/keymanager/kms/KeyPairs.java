package org.secretfs.keymanager.kms;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.store.KeySpec;

/**
 * Pairs of keys as material of the store: the length of the private key in 4 bytes, the private key
 * in PKCS #8, the public key as SubjectPublicKeyInfo. The JDK makes and uses them on the heap;
 * arrays of ours are wiped.
 */
final class KeyPairs {
  /** For the curve and the forms of signature that the JDK has not. */
  static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

  private KeyPairs() {}

  /** A new pair. */
  static SecretBuffer generate(KeySpec spec) {
    try {
      KeyPair pair = generator(spec).generateKeyPair();
      byte[] secret = pair.getPrivate().getEncoded();
      byte[] open = pair.getPublic().getEncoded();
      byte[] material =
          ByteBuffer.allocate(Integer.BYTES + secret.length + open.length)
              .putInt(secret.length)
              .put(secret)
              .put(open)
              .array();
      Arrays.fill(secret, (byte) 0);
      return SecretBuffer.takeFrom(material);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("the providers have all these kinds", e);
    }
  }

  private static KeyPairGenerator generator(KeySpec spec) throws GeneralSecurityException {
    if (spec == KeySpec.ECC_NIST_EDWARDS25519) {
      return KeyPairGenerator.getInstance("Ed25519");
    }
    if (spec.isRsa()) {
      KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
      rsa.initialize(spec.bits());
      return rsa;
    }
    KeyPairGenerator ec =
        spec == KeySpec.ECC_SECG_P256K1
            ? KeyPairGenerator.getInstance("EC", BOUNCY_CASTLE)
            : KeyPairGenerator.getInstance("EC");
    ec.initialize(
        new ECGenParameterSpec(
            spec == KeySpec.ECC_SECG_P256K1 ? "secp256k1" : "secp%dr1".formatted(spec.bits())));
    return ec;
  }

  /** The public key as SubjectPublicKeyInfo. */
  @BorrowsSecret(because = "the public key lies behind the private one")
  static byte[] publicBytes(SecretBuffer material) {
    return material.borrow(bytes ->
        Arrays.copyOfRange(bytes, Integer.BYTES + ByteBuffer.wrap(bytes).getInt(), bytes.length));
  }

  /** The private key in PKCS #8; the caller wipes it. */
  @BorrowsSecret(because = "the JDK takes and the API returns it as an array")
  static byte[] privateBytes(SecretBuffer material) {
    return material.borrow(bytes ->
        Arrays.copyOfRange(bytes, Integer.BYTES, Integer.BYTES + ByteBuffer.wrap(bytes).getInt()));
  }

  static PublicKey publicKey(SecretBuffer material, KeySpec spec) throws GeneralSecurityException {
    return factory(spec).generatePublic(new X509EncodedKeySpec(publicBytes(material)));
  }

  static PrivateKey privateKey(SecretBuffer material, KeySpec spec)
      throws GeneralSecurityException {
    byte[] encoded = privateBytes(material);
    try {
      return factory(spec).generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  static KeyFactory factory(KeySpec spec) throws GeneralSecurityException {
    if (spec.isRsa()) {
      return KeyFactory.getInstance("RSA");
    }
    if (spec == KeySpec.ECC_NIST_EDWARDS25519) {
      return KeyFactory.getInstance("Ed25519");
    }
    return spec == KeySpec.ECC_SECG_P256K1
        ? KeyFactory.getInstance("EC", BOUNCY_CASTLE)
        : KeyFactory.getInstance("EC");
  }
}
