package org.secretfs.keys.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpFullResponse;
import software.amazon.awssdk.http.SdkHttpRequest;

/** One request and its answer. Another thread may abort it. */
final class JdkHttpExchange implements ExecutableHttpRequest {
  /** Makes the connection object; nothing is sent yet. */
  @FunctionalInterface
  interface Opener {
    HttpURLConnection open() throws IOException;
  }

  private static final int LOWEST_ERROR_STATUS = 400;

  private final HttpExecuteRequest request;
  private final Opener opener;
  private volatile @Nullable HttpURLConnection connection;
  private volatile boolean aborted;

  JdkHttpExchange(HttpExecuteRequest request, Opener opener) {
    this.request = request;
    this.opener = opener;
  }

  @Override
  public HttpExecuteResponse call() throws IOException {
    HttpURLConnection opened = opener.open();
    connection = opened;
    if (aborted) {
      throw new IOException("aborted before it was sent");
    }
    send(opened);
    return answer(opened);
  }

  private void send(HttpURLConnection opened) throws IOException {
    if (request.contentStreamProvider().isEmpty()) {
      opened.connect();
      return;
    }
    opened.setDoOutput(true);
    // Without a fixed length the JDK keeps the body and silently sends a POST again.
    long length = contentLength(request.httpRequest());
    if (length >= 0) {
      opened.setFixedLengthStreamingMode(length);
    }
    opened.connect();
    try (InputStream body = request.contentStreamProvider().get().newStream();
        OutputStream out = opened.getOutputStream()) {
      body.transferTo(out);
    }
  }

  private static long contentLength(SdkHttpRequest request) {
    return request.firstMatchingHeader("Content-Length").map(Long::parseLong).orElse(-1L);
  }

  private static HttpExecuteResponse answer(HttpURLConnection opened) throws IOException {
    int status = status(opened);
    SdkHttpFullResponse.Builder head = SdkHttpFullResponse.builder().statusCode(status);
    String text = opened.getResponseMessage();
    if (text != null) {
      head.statusText(text);
    }
    for (Map.Entry<String, List<String>> header : opened.getHeaderFields().entrySet()) {
      // The status line is in the map under the key null.
      if (header.getKey() != null) {
        head.putHeader(header.getKey(), header.getValue());
      }
    }
    return HttpExecuteResponse.builder()
        .response(head.build())
        .responseBody(body(opened, status))
        .build();
  }

  private static @Nullable AbortableInputStream body(HttpURLConnection opened, int status)
      throws IOException {
    @Nullable InputStream in =
        status >= LOWEST_ERROR_STATUS ? opened.getErrorStream() : opened.getInputStream();
    return in == null ? null : AbortableInputStream.create(in, opened::disconnect);
  }

  private static int status(HttpURLConnection opened) throws IOException {
    try {
      int status = opened.getResponseCode();
      if (status < 0) {
        throw new IOException("the answer is not HTTP");
      }
      return status;
    } catch (HttpRetryException e) {
      // A 401 to a streamed body: the JDK would like to send it again with a password.
      return e.responseCode();
    }
  }

  @Override
  public void abort() {
    aborted = true;
    HttpURLConnection opened = connection;
    if (opened != null) {
      opened.disconnect();
    }
  }
}
