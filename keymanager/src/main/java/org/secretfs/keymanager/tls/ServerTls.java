package org.secretfs.keymanager.tls;

import io.helidon.common.tls.Tls;
import io.helidon.common.tls.TlsClientAuth;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.secretfs.crypto.CryptoException.UnusableFile;
import org.secretfs.crypto.pem.KeyAndChain;
import org.secretfs.crypto.pem.PemFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS 1.2 and 1.3 by certificate files that are read again when they change. Connections that are
 * open stay; new ones get the new certificate. Files that cannot be used leave the present ones in
 * force. A client may resume a session for five minutes, so that long a client's certificate
 * outlives the removal of its authority; its requests are signed in any case.
 */
public final class ServerTls implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
  private static final long PERIOD_MILLIS = 1000;
  private static final Duration RESUMPTION = Duration.ofMinutes(5);

  private final TlsSettings settings;
  private final CurrentIdentity identity;
  private final Optional<CurrentTrust> trust;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("certificates").daemon().factory());
  private List<String> seen;

  private ServerTls(TlsSettings settings) throws UnusableFile {
    this.settings = settings;
    this.seen = stamps();
    this.identity = new CurrentIdentity(KeyAndChain.read(settings.certificate(), settings.key()));
    Optional<KeyStore> authorities = authorities();
    this.trust = authorities.map(CurrentTrust::new);
  }

  /**
   * Reads the files, and from now on looks once in a second whether they changed.
   *
   * @throws UnusableFile if one cannot be used
   */
  public static ServerTls start(TlsSettings settings) throws UnusableFile {
    ServerTls tls = new ServerTls(settings);
    var _ =
        tls.watch.scheduleWithFixedDelay(
            tls::reloadIfChanged, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    return tls;
  }

  private Optional<KeyStore> authorities() throws UnusableFile {
    return settings.clientAuthorities().isEmpty()
        ? Optional.empty()
        : Optional.of(PemFiles.authorities(settings.clientAuthorities().get()));
  }

  /** What the web server listens with. */
  public Tls forServer() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          new KeyManager[] {identity},
          trust.map(one -> new TrustManager[] {one}).orElse(new TrustManager[0]),
          new SecureRandom());
      context.getServerSessionContext().setSessionTimeout(Math.toIntExact(RESUMPTION.toSeconds()));
      return Tls.builder()
          .sslContext(context)
          .enabledProtocols(List.of("TLSv1.3", "TLSv1.2"))
          .endpointIdentificationAlgorithm(Tls.ENDPOINT_IDENTIFICATION_NONE)
          .clientAuth(clientAuth())
          .build();
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has TLS", e);
    }
  }

  private TlsClientAuth clientAuth() {
    if (trust.isEmpty()) {
      return TlsClientAuth.NONE;
    }
    return settings.clientCertificateRequired() ? TlsClientAuth.REQUIRED : TlsClientAuth.OPTIONAL;
  }

  /**
   * Reads the files again.
   *
   * @throws UnusableFile if one cannot be used; those that were read before stay in force
   */
  public synchronized void reload() throws UnusableFile {
    seen = stamps();
    KeyAndChain next = KeyAndChain.read(settings.certificate(), settings.key());
    Optional<KeyStore> authorities = authorities();
    identity.replace(next);
    if (trust.isPresent() && authorities.isPresent()) {
      trust.get().replace(authorities.get());
    }
    LOG.info("TLS certificate read from {}", settings.certificate());
  }

  private synchronized void reloadIfChanged() {
    try {
      if (!seen.equals(stamps())) {
        reload();
      }
    } catch (UnusableFile e) {
      LOG.error("the TLS certificate stays as it was: {}", e.getMessage());
    } catch (RuntimeException e) {
      LOG.error("the TLS certificate stays as it was", e);
    }
  }

  /** What tells a file that was written or replaced from the one before. */
  private List<String> stamps() {
    List<String> stamps = new ArrayList<>();
    for (Path file : settings.files()) {
      try {
        BasicFileAttributes read = Files.readAttributes(file, BasicFileAttributes.class);
        stamps.add("%s %s %d".formatted(read.fileKey(), read.lastModifiedTime(), read.size()));
      } catch (IOException e) {
        stamps.add("missing");
      }
    }
    return List.copyOf(stamps);
  }

  @Override
  public void close() {
    watch.shutdownNow();
  }
}
