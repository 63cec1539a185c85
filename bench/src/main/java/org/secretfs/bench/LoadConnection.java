package org.secretfs.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.pem.PemFiles;

/** A connection of HTTP/1.1, plain or under TLS; reads no more than it must. For one thread. */
final class LoadConnection implements AutoCloseable {
  private static final Pattern LENGTH = Pattern.compile("content-length: *([0-9]{1,6})");
  private static final int MOST_ANSWER_BYTES = 65_536;
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final AtomicReference<@Nullable SSLContext> TLS = new AtomicReference<>();

  private final Socket socket;
  private final byte[] buffer = new byte[MOST_ANSWER_BYTES];
  private boolean open = true;

  private LoadConnection(Socket socket) {
    this.socket = socket;
  }

  static LoadConnection open(URI endpoint, Optional<Path> authorities) throws Exception {
    Socket plain = new Socket(InetAddress.getByName(endpoint.getHost()), endpoint.getPort());
    plain.setTcpNoDelay(true);
    plain.setSoTimeout(60_000);
    return new LoadConnection(
        endpoint.getScheme().equals("https") ? secured(plain, authorities.orElseThrow()) : plain);
  }

  /** Every connection calls the server by another name, and so never resumes a session. */
  private static Socket secured(Socket plain, Path authorities) throws Exception {
    SSLContext context = TLS.get();
    if (context == null) {
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(PemFiles.authorities(authorities));
      context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), new SecureRandom());
      TLS.set(context);
    }
    String name = "instance-%d.example".formatted(NUMBER.incrementAndGet());
    return context.getSocketFactory().createSocket(plain, name, plain.getPort(), true);
  }

  boolean isOpen() {
    return open;
  }

  /** Sends a request and returns the whole answer. */
  String ask(byte[] request) throws IOException {
    socket.getOutputStream().write(request);
    InputStream in = socket.getInputStream();
    int length = 0;
    int wanted = -1;
    while (wanted < 0 || length < wanted) {
      int read = in.read(buffer, length, buffer.length - length);
      if (read < 0) {
        throw new EOFException("the server closed");
      }
      length += read;
      wanted = wanted < 0 ? wholeLength(length) : wanted;
    }
    return new String(buffer, 0, length, ISO_8859_1);
  }

  /** How long the answer is; negative while its head is not complete. */
  private int wholeLength(int length) throws IOException {
    String text = new String(buffer, 0, length, ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return -1;
    }
    String head = text.substring(0, end).toLowerCase(Locale.ROOT);
    open = !head.contains("connection: close") && !head.startsWith("http/1.0");
    Matcher matcher = LENGTH.matcher(head);
    if (!matcher.find()) {
      throw new IOException("an answer without a length: " + head);
    }
    return end + 4 + Integer.parseInt(matcher.group(1));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
