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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.secretfs.crypto.memory.SecretBuffer;

/** Sends exactly the bytes it is told, signed, over connections that are kept. */
public final class SignedClient implements AutoCloseable {
  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);
  private static final String JSON = "application/x-amz-json-1.1";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI uri;
  private final String accessKeyId;
  private final String secretAccessKey;
  private final String sessionToken;

  /** Makes one for the region us-east-1. */
  public SignedClient(URI uri, String accessKeyId, String secretAccessKey) {
    this(uri, accessKeyId, secretAccessKey, "");
  }

  /** The same with temporary credentials. */
  public SignedClient(URI uri, String accessKeyId, String secretAccessKey, String sessionToken) {
    this.sessionToken = sessionToken;
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
    HttpResponse<byte[]> response = exchange(headers(target, body), body);
    JsonNode json =
        response.body().length == 0
            ? MissingNode.getInstance()
            : new ObjectMapper().readTree(response.body());
    return new Answer(
        response.statusCode(), response.headers().firstValue("x-amzn-requestid").orElse(""), json);
  }

  /** An answer of STS. */
  public record StsAnswer(int status, String xml) {
    /** The text of the first element of this name; empty if there is none. */
    public String text(String element) {
      int start = xml.indexOf("<" + element + ">");
      int end = xml.indexOf("</" + element + ">");
      return start < 0 || end < 0 ? "" : xml.substring(start + element.length() + 2, end);
    }
  }

  /** Sends a form to STS. */
  public StsAnswer sts(String form) throws IOException {
    byte[] body = form.getBytes(UTF_8);
    HttpResponse<byte[]> response =
        exchange(headers("sts", "application/x-www-form-urlencoded", "", body), body);
    return new StsAnswer(response.statusCode(), new String(response.body(), UTF_8));
  }

  private HttpResponse<byte[]> exchange(List<HttpMessage.Field> headers, byte[] body)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    for (HttpMessage.Field header : headers) {
      if (!header.name().equals("host")) {
        request.header(header.name(), header.value());
      }
    }
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** All headers of a request, also Host and Authorization. */
  public List<HttpMessage.Field> headers(String target, byte[] body) {
    return headers("kms", JSON, target, body);
  }

  /** Sends any request to S3, with these headers besides, signed as it is. */
  public HttpResponse<byte[]> s3(
      String method, String rawPath, String rawQuery, byte[] body, Map<String, String> besides)
      throws IOException {
    String dateTime = DATE_TIME.format(Instant.now().atOffset(ZoneOffset.UTC));
    List<HttpMessage.Field> headers = new ArrayList<>();
    headers.add(HttpMessage.Field.header("host", uri.getHost() + ":" + uri.getPort()));
    headers.add(HttpMessage.Field.header("x-amz-date", dateTime));
    headers.add(HttpMessage.Field.header("x-amz-content-sha256", Signature.hexSha256(body)));
    besides.forEach((name, value) -> headers.add(HttpMessage.Field.header(name, value)));
    String canonical =
        CanonicalRequest.of(
            new HttpMessage(method, rawPath, rawQuery, headers, body),
            CanonicalRequest.pathAsItIs(rawPath),
            CanonicalRequest.parameters(rawQuery),
            headers.stream().map(HttpMessage.Field::name).sorted().toList(),
            Signature.hexSha256(body));
    headers.add(authorization("s3", dateTime, headers, canonical));
    String query = rawQuery.isEmpty() ? "" : "?" + rawQuery;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(uri + rawPath + query))
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
    headers.stream()
        .filter(header -> !header.name().equals("host"))
        .forEach(header -> request.header(header.name(), header.value()));
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private HttpMessage.Field authorization(
      String service, String dateTime, List<HttpMessage.Field> headers, String canonical) {
    List<String> signed = headers.stream().map(HttpMessage.Field::name).sorted().toList();
    Scope scope =
        new Scope(accessKeyId, dateTime.substring(0, 8), "us-east-1", service, Scope.TERMINATOR);
    try (SecretBuffer secret = SecretBuffer.takeFrom(secretAccessKey.getBytes(UTF_8));
        SecretBuffer key = Signature.signingKey(secret, scope)) {
      String signature = Signature.sign(key, Signature.stringToSign(dateTime, scope, canonical));
      String authorization =
          "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
              .formatted(accessKeyId, scope.text(), String.join(";", signed), signature);
      return HttpMessage.Field.header("authorization", authorization);
    }
  }

  /** Calls an operation of CloudTrail. */
  public Answer cloudTrail(String operation, String json) throws IOException {
    byte[] body = json.getBytes(UTF_8);
    String target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." + operation;
    HttpResponse<byte[]> response = exchange(headers("cloudtrail", JSON, target, body), body);
    return new Answer(
        response.statusCode(),
        response.headers().firstValue("x-amzn-requestid").orElse(""),
        new ObjectMapper().readTree(response.body()));
  }

  private List<HttpMessage.Field> headers(
      String service, String contentType, String target, byte[] body) {
    String dateTime = DATE_TIME.format(Instant.now().atOffset(ZoneOffset.UTC));
    List<HttpMessage.Field> headers = new ArrayList<>();
    headers.add(HttpMessage.Field.header("content-type", contentType));
    headers.add(HttpMessage.Field.header("host", uri.getHost() + ":" + uri.getPort()));
    headers.add(HttpMessage.Field.header("x-amz-date", dateTime));
    if (!sessionToken.isEmpty()) {
      headers.add(HttpMessage.Field.header("x-amz-security-token", sessionToken));
    }
    if (!target.isEmpty()) {
      headers.add(HttpMessage.Field.header("x-amz-target", target));
    }
    List<String> signed = headers.stream().map(HttpMessage.Field::name).sorted().toList();
    String canonical =
        CanonicalRequest.of(
            new HttpMessage("POST", "/", "", headers, body),
            "/",
            List.of(),
            signed,
            Signature.hexSha256(body));
    headers.add(authorization(service, dateTime, headers, canonical));
    return List.copyOf(headers);
  }

  @Override
  public void close() {
    http.close();
  }
}
