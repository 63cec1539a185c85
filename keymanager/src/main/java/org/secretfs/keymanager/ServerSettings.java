package org.secretfs.keymanager;

import java.net.InetSocketAddress;
import java.util.Optional;
import org.secretfs.keymanager.tls.TlsSettings;

/**
 * How a key manager serves, besides where.
 *
 * @param tls the files of TLS; empty for plain HTTP
 * @param rates how much one user or role may ask
 * @param monitor the loopback address of metrics and health over plain HTTP; empty for none
 */
public record ServerSettings(
    Optional<TlsSettings> tls, RateLimits rates, Optional<InetSocketAddress> monitor) {
  /** Plain HTTP, usual rates, no metrics. */
  public static final ServerSettings DEFAULT =
      new ServerSettings(Optional.empty(), RateLimits.DEFAULT, Optional.empty());

  /** Checks the address. */
  public ServerSettings {
    if (monitor.isPresent()
        && (monitor.get().isUnresolved() || !monitor.get().getAddress().isLoopbackAddress())) {
      throw new IllegalArgumentException(
          "metrics address %s: must be a loopback address".formatted(monitor.get()));
    }
  }

  /** The same under TLS. */
  public ServerSettings withTls(TlsSettings files) {
    return new ServerSettings(Optional.of(files), rates, monitor);
  }

  /** The same with other rates. */
  public ServerSettings withRates(RateLimits limits) {
    return new ServerSettings(tls, limits, monitor);
  }

  /** The same with metrics. */
  public ServerSettings withMonitor(InetSocketAddress address) {
    return new ServerSettings(tls, rates, Optional.of(address));
  }
}
