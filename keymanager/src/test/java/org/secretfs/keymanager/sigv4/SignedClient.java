package org.secretfs.keymanager.sigv4;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.secretfs.crypto.memory.SecretBuffer;

/** Sends exactly the bytes it is told, signed, over connections that are kept. */
public final class SignedClient implements AutoCloseable {
  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);
  private static final List<String> SIGNED =
      List.of("content-type", "host", "x-amz-date", "x-amz-target");

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI uri;
  private final String accessKeyId;
  private final String secretAccessKey;

  /** Makes one for the region us-east-1. */
  public SignedClient(URI uri, String accessKeyId, String secretAccessKey) {
    this.uri = uri;
    this.accessKeyId = accessKeyId;
    this.secretAccessKey = secretAccessKey;
  }

  /** An answer. */
  public record Answer(int status, String requestId, JsonNode json) {
    /** The error's name; empty for a success. */
    public String type() {
      return json.path("__type").asText("");
    }
  }

  /** Calls an operation. */
  public Answer call(String operation, String json) throws IOException {
    return send("TrentService." + operation, json.getBytes(UTF_8));
  }

  /** Sends any bytes to any target. */
  public Answer send(String target, byte[] body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    for (HttpMessage.Field header : headers(target, body)) {
      if (!header.name().equals("host")) {
        request.header(header.name(), header.value());
      }
    }
    try {
      HttpResponse<byte[]> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      JsonNode json =
          response.body().length == 0
              ? MissingNode.getInstance()
              : new ObjectMapper().readTree(response.body());
      return new Answer(
          response.statusCode(),
          response.headers().firstValue("x-amzn-requestid").orElse(""),
          json);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** All headers of a request, also Host and Authorization. */
  public List<HttpMessage.Field> headers(String target, byte[] body) {
    String dateTime = DATE_TIME.format(Instant.now().atOffset(ZoneOffset.UTC));
    List<HttpMessage.Field> headers =
        List.of(
            HttpMessage.Field.header("content-type", "application/x-amz-json-1.1"),
            HttpMessage.Field.header("host", uri.getHost() + ":" + uri.getPort()),
            HttpMessage.Field.header("x-amz-date", dateTime),
            HttpMessage.Field.header("x-amz-target", target));
    Scope scope =
        new Scope(accessKeyId, dateTime.substring(0, 8), "us-east-1", "kms", Scope.TERMINATOR);
    String canonical =
        CanonicalRequest.of(
            new HttpMessage("POST", "/", "", headers, body),
            "/",
            List.of(),
            SIGNED,
            Signature.hexSha256(body));
    try (SecretBuffer secret = SecretBuffer.takeFrom(secretAccessKey.getBytes(UTF_8));
        SecretBuffer key = Signature.signingKey(secret, scope)) {
      String signature = Signature.sign(key, Signature.stringToSign(dateTime, scope, canonical));
      String authorization =
          "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
              .formatted(accessKeyId, scope.text(), String.join(";", SIGNED), signature);
      return Stream.concat(
              headers.stream(), Stream.of(HttpMessage.Field.header("authorization", authorization)))
          .toList();
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
