package org.secretfs.proxy;

import org.secretfs.failure.SecretfsException;

/** An export, or the proxy itself, that cannot serve for a reason of the proxy's own. */
public final class ProxyException extends SecretfsException {
  private static final long serialVersionUID = 1L;

  public ProxyException(ProxyError code, String message) {
    super(code, message);
  }

  public ProxyException(ProxyError code, String message, Throwable cause) {
    super(code, message, cause);
  }
}
