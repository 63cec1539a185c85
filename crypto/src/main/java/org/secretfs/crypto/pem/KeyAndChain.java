package org.secretfs.crypto.pem;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import org.secretfs.crypto.CryptoException.UnusableFile;

/** A certificate with its private key, and the certificates between it and an authority. */
public final class KeyAndChain {
  private final PrivateKey key;
  private final List<X509Certificate> chain;

  private KeyAndChain(PrivateKey key, List<X509Certificate> chain) {
    this.key = key;
    this.chain = chain;
  }

  /**
   * Reads both, and makes sure that they belong together.
   *
   * @param certificate the own certificate first, in PEM
   * @param key its private key, as {@link PemFiles#privateKey} reads it
   * @throws UnusableFile if one is unusable or they are not of one pair
   */
  public static KeyAndChain read(Path certificate, Path key) throws UnusableFile {
    KeyAndChain read =
        new KeyAndChain(PemFiles.privateKey(key), PemFiles.certificates(certificate));
    if (!read.isPair()) {
      throw new UnusableFile("%s is not the key of the certificate %s".formatted(key, certificate));
    }
    return read;
  }

  private boolean isPair() {
    byte[] probe = {1, 2, 3, 4};
    try {
      Signature signature = signature();
      signature.initSign(key);
      signature.update(probe);
      byte[] made = signature.sign();
      signature.initVerify(chain.getFirst().getPublicKey());
      signature.update(probe);
      return signature.verify(made);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private Signature signature() throws GeneralSecurityException {
    return switch (key.getAlgorithm()) {
      case "RSA" -> Signature.getInstance("SHA256withRSA");
      case "EC" -> Signature.getInstance("SHA256withECDSA");
      default -> Signature.getInstance("EdDSA");
    };
  }

  /** The private key. */
  public PrivateKey key() {
    return key;
  }

  /** The certificates, the own one first. */
  public X509Certificate[] chain() {
    return chain.toArray(new X509Certificate[0]);
  }
}
