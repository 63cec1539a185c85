package org.secretfs.keymanager.tls;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Whom clients' certificates must come from, which may be replaced at any time. */
final class CurrentTrust extends X509ExtendedTrustManager {
  private volatile X509ExtendedTrustManager present;

  CurrentTrust(KeyStore authorities) {
    this.present = managerOf(authorities);
  }

  void replace(KeyStore authorities) {
    present = managerOf(authorities);
  }

  private static X509ExtendedTrustManager managerOf(KeyStore authorities) {
    try {
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(authorities);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509ExtendedTrustManager found) {
          return found;
        }
      }
      throw new AssertionError("the JDK's PKIX trust manager is an extended one");
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has PKIX", e);
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    present.checkClientTrusted(chain, authType, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    present.checkClientTrusted(chain, authType, engine);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    present.checkClientTrusted(chain, authType);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw notAClient();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw notAClient();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw notAClient();
  }

  private static CertificateException notAClient() {
    return new CertificateException("a server trusts no servers");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return present.getAcceptedIssuers();
  }
}
