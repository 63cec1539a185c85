package org.secretfs.proxy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** TLS contexts from PEM files. */
public final class TlsFiles {
  private static final int MOST_BYTES = 1 << 20;
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  private TlsFiles() {}

  /**
   * Returns a context for TLS 1.3.
   *
   * @param certificate the own certificate, then those between it and an authority, in PEM
   * @param key its private key, PKCS #8 in PEM without passphrase: RSA, EC or Ed25519
   * @param authorities the certificates that the other side's must come from; empty: those of the
   *     Java runtime
   * @throws ProxyException if a file cannot be read or is none of these
   */
  public static SSLContext context(
      Optional<Path> certificate, Optional<Path> key, Optional<Path> authorities)
      throws ProxyException {
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(ownKeys(certificate, key), new char[0]);
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(authorities.isPresent() ? trusted(authorities.get()) : null);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new ProxyException(
          ProxyError.PROXY_UNAVAILABLE, "TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  private static KeyStore ownKeys(Optional<Path> certificate, Optional<Path> key)
      throws GeneralSecurityException, IOException, ProxyException {
    KeyStore store = emptyStore();
    if (certificate.isPresent() && key.isPresent()) {
      Certificate[] chain = certificates(certificate.get()).toArray(new Certificate[0]);
      store.setKeyEntry("own", privateKey(key.get()), new char[0], chain);
    }
    return store;
  }

  private static KeyStore trusted(Path authorities)
      throws GeneralSecurityException, IOException, ProxyException {
    KeyStore store = emptyStore();
    int number = 0;
    for (Certificate authority : certificates(authorities)) {
      store.setCertificateEntry("authority-" + number++, authority);
    }
    return store;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, ProxyException {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (!found.isEmpty()) {
        return found;
      }
      throw unusable(file, "holds no certificate in PEM");
    } catch (CertificateException e) {
      throw unusable(file, "is no file of certificates: " + e.getMessage());
    }
  }

  private static PrivateKey privateKey(Path file)
      throws IOException, GeneralSecurityException, ProxyException {
    byte[] encoded = pkcs8(file);
    List<KeyFactory> kinds =
        List.of(
            KeyFactory.getInstance("EC"),
            KeyFactory.getInstance("RSA"),
            KeyFactory.getInstance("EdDSA"));
    try {
      for (KeyFactory kind : kinds) {
        try {
          return kind.generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (InvalidKeySpecException e) {
          // Of another kind.
        }
      }
      throw unusable(file, "holds a key that is neither EC nor RSA nor Ed25519");
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  private static byte[] pkcs8(Path file) throws IOException, ProxyException {
    if (Files.size(file) > MOST_BYTES) {
      throw unusable(file, "is larger than %d bytes".formatted(MOST_BYTES));
    }
    byte[] pem = Files.readAllBytes(file);
    try {
      Matcher key = KEY.matcher(new String(pem, StandardCharsets.US_ASCII));
      if (!key.find()) {
        throw unusable(file, "holds no PKCS #8 private key without passphrase in PEM");
      }
      return Base64.getMimeDecoder().decode(key.group(1));
    } finally {
      Arrays.fill(pem, (byte) 0);
    }
  }

  private static ProxyException unusable(Path file, String what) {
    return new ProxyException(ProxyError.PROXY_UNAVAILABLE, "%s %s".formatted(file, what));
  }
}
