package org.secretfs.keys;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.secretfs.crypto.CryptoException.UnusableFile;
import org.secretfs.crypto.pem.PemFiles;

/** Whom a key manager's certificate must come from, where it is not a public authority. */
final class TrustedAuthorities {
  private TrustedAuthorities() {}

  /** Those of the file {@code AWS_CA_BUNDLE}; empty: those of the Java runtime. */
  static Optional<SSLContext> ofEnvironment() throws KeySourceException {
    Optional<String> file = AwsEnvironment.authorities();
    return file.isEmpty() ? Optional.empty() : Optional.of(of(Path.of(file.get())));
  }

  static SSLContext of(Path file) throws KeySourceException {
    try {
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(PemFiles.authorities(file));
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), new SecureRandom());
      return context;
    } catch (UnusableFile e) {
      throw new KeySourceException.Misconfigured(
          KeySourceCode.MISCONFIGURED, "environment AWS_CA_BUNDLE: " + e.getMessage(), e);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has TLS", e);
    }
  }
}
