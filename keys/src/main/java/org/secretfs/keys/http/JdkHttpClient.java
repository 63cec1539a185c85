package org.secretfs.keys.http;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpRequest;

/**
 * The AWS library's HTTP client over {@link HttpURLConnection}.
 *
 * <p>Why not one of the library's own: Apache's costs 0.3 s of the first call in a fresh process
 * and writes whole answers, secrets included, to its {@code wire} log when somebody turns that on.
 * This one logs nothing, and what the JDK can log below it are header lines, never a body.
 *
 * <p>Follows no redirects, retries nothing by itself, keeps idle connections as the JDK does. A
 * proxy is taken from the JDK's system properties ({@code https.proxyHost}).
 */
public final class JdkHttpClient implements SdkHttpClient {
  private final Duration connectTimeout;
  private final Duration readTimeout;
  private final Optional<SSLSocketFactory> sockets;

  /**
   * A client with these limits.
   *
   * @param connectTimeout for the connection
   * @param readTimeout for each wait for bytes; what an attempt may take in all is the library's
   *     business, which aborts it
   */
  public JdkHttpClient(Duration connectTimeout, Duration readTimeout) {
    this(connectTimeout, readTimeout, Optional.empty());
  }

  /** The same, which trusts these authorities only; empty: those of the Java runtime. */
  public JdkHttpClient(
      Duration connectTimeout, Duration readTimeout, Optional<SSLContext> authorities) {
    this.connectTimeout = connectTimeout;
    this.readTimeout = readTimeout;
    // One for all connections: the JDK keeps idle ones by it.
    this.sockets = authorities.map(SSLContext::getSocketFactory);
  }

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
    return new JdkHttpExchange(request, () -> open(request.httpRequest()));
  }

  private HttpURLConnection open(SdkHttpRequest request) throws IOException {
    URI uri = request.getUri();
    HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
    if (sockets.isPresent() && connection instanceof HttpsURLConnection secure) {
      secure.setSSLSocketFactory(sockets.get());
    }
    connection.setConnectTimeout(Math.toIntExact(connectTimeout.toMillis()));
    connection.setReadTimeout(Math.toIntExact(readTimeout.toMillis()));
    connection.setInstanceFollowRedirects(false);
    connection.setUseCaches(false);
    connection.setRequestMethod(request.method().name());
    request.forEachHeader(
        (name, values) -> values.forEach(value -> connection.addRequestProperty(name, value)));
    return connection;
  }

  @Override
  public String clientName() {
    return "Jdk";
  }

  @Override
  public void close() {}
}
