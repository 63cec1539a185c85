package org.secretfs.nbd.server;

import java.io.IOException;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.server.ClientIdentity.CertificateIdentity;
import org.secretfs.nbd.socket.ByteStream;
import org.secretfs.nbd.socket.SocketStream;
import org.secretfs.nbd.socket.TlsStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One client, from accept to close. */
final class Connection implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
  private static final int URI_NAME = 6;

  /**
   * A client that takes no byte of its replies for so long holds buffers and threads for nothing.
   */
  private static final Duration LONGEST_STALL = Duration.ofSeconds(60);

  private final NbdServer server;
  private final SocketStream socket;
  private final TlsMode tlsMode;
  private final long acceptedNanos = System.nanoTime();
  private volatile Optional<String> exportName = Optional.empty();
  private volatile @Nullable Transmission transmission;
  private volatile boolean drained;
  private volatile boolean aborted;

  Connection(NbdServer server, SocketStream socket, TlsMode tlsMode) {
    this.server = server;
    this.socket = socket;
    this.tlsMode = tlsMode;
  }

  long acceptedNanos() {
    return acceptedNanos;
  }

  @Nullable Transmission transmission() {
    return transmission;
  }

  /** The name of the export that it holds. */
  Optional<String> exportName() {
    return exportName;
  }

  void drain() {
    drained = true;
    Transmission current = transmission;
    if (current != null) {
      current.drain();
    }
  }

  void abort() {
    aborted = true;
    socket.abort();
    Transmission current = transmission;
    if (current != null) {
      current.cut();
    }
  }

  boolean isAborted() {
    return aborted;
  }

  @Override
  public void run() {
    try (socket) {
      server.listener().connected(socket.peer());
      Optional<Session> session = negotiate();
      if (session.isPresent()) {
        transmit(session.get());
      }
    } catch (RuntimeException | Error e) {
      LOG.error("connection of {} failed", socket.peer(), e);
    } finally {
      server.ended(this);
    }
  }

  private Optional<Session> negotiate() {
    try (Negotiation negotiation =
        new Negotiation(
            socket,
            new ClientIdentity(socket.peer(), socket.credentials(), false, Optional.empty()),
            server.catalog(),
            tlsMode,
            this::upgrade,
            server::isEnding)) {
      return negotiation.run();
    } catch (IOException e) {
      String reason = e.getMessage() == null ? e.toString() : e.getMessage();
      LOG.debug("{} did not get an export: {}", socket.peer(), reason);
      server.listener().negotiationFailed(socket.peer(), reason);
      return Optional.empty();
    }
  }

  private Negotiation.Upgraded upgrade(ByteStream plain) throws IOException {
    ServerConfig.Tls tls =
        server.config().tls().orElseThrow(() -> new IOException("no TLS is configured"));
    SSLEngine engine = tls.context().createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(new String[] {"TLSv1.3"});
    if (tls.clientCertificateRequired()) {
      engine.setNeedClientAuth(true);
    } else {
      engine.setWantClientAuth(true);
    }
    TlsStream stream = TlsStream.handshake(plain, engine);
    return new Negotiation.Upgraded(stream, identity(engine));
  }

  private static Optional<CertificateIdentity> identity(SSLEngine engine) {
    try {
      Certificate first = engine.getSession().getPeerCertificates()[0];
      return first instanceof X509Certificate certificate
          ? Optional.of(
              new CertificateIdentity(
                  certificate.getSubjectX500Principal().getName(), uris(certificate)))
          : Optional.empty();
    } catch (SSLPeerUnverifiedException e) {
      return Optional.empty();
    }
  }

  private static List<String> uris(X509Certificate certificate) {
    List<String> uris = new ArrayList<>();
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        if (name.get(0).equals(URI_NAME)) {
          uris.add(name.get(1).toString());
        }
      }
    } catch (CertificateParsingException e) {
      // A name that cannot be read names nobody.
    }
    return uris;
  }

  private void transmit(Session session) {
    try (Export export = session.export()) {
      exportName = Optional.of(export.name());
      if (!server.enter(this, session.client().account())) {
        server
            .listener()
            .negotiationFailed(
                socket.peer(), "too many connections, or of " + session.client().account());
        return;
      }
      socket.setWriteTimeout(LONGEST_STALL);
      Transmission fresh =
          new Transmission(
              session,
              server.listener(),
              server.largeBuffers(export.name()),
              server.furtherWorkers(),
              server.config().limits().workersPerConnection());
      transmission = fresh;
      if (drained) {
        fresh.drain();
      }
      server.listener().entered(export, session.client());
      String reason = fresh.run();
      server.listener().left(export, session.client(), reason);
    } finally {
      closeQuietly(session.stream());
    }
  }

  private void closeQuietly(ByteStream stream) {
    try {
      stream.close();
    } catch (IOException e) {
      LOG.debug("{} could not be closed: {}", socket.peer(), e.getMessage());
    }
  }
}
