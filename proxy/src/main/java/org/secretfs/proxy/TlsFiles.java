package org.secretfs.proxy;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.secretfs.crypto.CryptoException.UnusableFile;
import org.secretfs.crypto.pem.KeyAndChain;
import org.secretfs.crypto.pem.PemFiles;

/** TLS contexts from PEM files. */
public final class TlsFiles {
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
      trust.init(authorities.isPresent() ? PemFiles.authorities(authorities.get()) : null);
      SSLContext context = SSLContext.getInstance("TLSv1.3");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
      return context;
    } catch (UnusableFile e) {
      throw new ProxyException(ProxyError.PROXY_UNAVAILABLE, String.valueOf(e.getMessage()), e);
    } catch (GeneralSecurityException | IOException e) {
      throw new ProxyException(
          ProxyError.PROXY_UNAVAILABLE, "TLS cannot be set up: " + e.getMessage(), e);
    }
  }

  private static KeyStore ownKeys(Optional<Path> certificate, Optional<Path> key)
      throws GeneralSecurityException, IOException, UnusableFile {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    if (certificate.isPresent() && key.isPresent()) {
      KeyAndChain own = KeyAndChain.read(certificate.get(), key.get());
      store.setKeyEntry("own", own.key(), new char[0], own.chain());
    }
    return store;
  }
}
