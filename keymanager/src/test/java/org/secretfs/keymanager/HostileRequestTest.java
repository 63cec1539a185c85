package org.secretfs.keymanager;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditTrail;
import org.secretfs.keymanager.sigv4.HttpMessage;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Bytes that no client sends: each is refused, recorded, and leaves the server well. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileRequestTest {
  private static final String LIST_KEYS = "TrentService.ListKeys";

  private TestServer server;
  private SignedClient client;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    server = TestServer.start(directory);
    client = new SignedClient(server.uri(), server.accessKeyId(), server.secretAccessKey());
  }

  @AfterAll
  void stop() {
    client.close();
    server.close();
  }

  private AuditEvent lastEvent() throws IOException {
    List<AuditEvent> events = new ArrayList<>();
    assertThat(
            AuditTrail.read(server.config().auditDirectory(), e -> events.add(e.event()))
                .firstBreak())
        .isEmpty();
    return events.getLast();
  }

  private void assertWell() throws IOException {
    assertThat(client.call("ListKeys", "{}").status()).isEqualTo(200);
  }

  /** Sends bytes as they are; returns what came until the server closed or was silent. */
  private String raw(byte[] request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      try {
        socket.getOutputStream().write(request);
        socket.shutdownOutput();
        socket.getInputStream().transferTo(answer);
      } catch (SocketException e) {
        // The server may close while it is still being written to.
      }
      return answer.toString(ISO_8859_1);
    }
  }

  private String head(String body, String... more) {
    StringBuilder head = new StringBuilder("POST / HTTP/1.1\r\n");
    for (HttpMessage.Field field : client.headers(LIST_KEYS, body.getBytes(UTF_8))) {
      head.append(field.name()).append(": ").append(field.value()).append("\r\n");
    }
    for (String line : more) {
      head.append(line).append("\r\n");
    }
    return head.append("\r\n").toString();
  }

  static List<String> badBodies() {
    return List.of(
        "[]",
        "null",
        "{\"Limit\":1}{}",
        "{\"Limit\":1,\"Limit\":2}",
        "{\"Limit\":\"1\"}",
        "{\"Limit\":1.5}",
        "{\"Limit\":99999999999999999999}",
        "{\"Limit\":" + "9".repeat(5000) + "}",
        "{\"Limit\":1e999999999}",
        "{\"Limit\":NaN}",
        "{\"Limit\":0}",
        "{\"Limit\":1001}",
        "{\"Limit\":{}}",
        "{\"Marker\":\"\\ud800%\"}",
        "{\"Unknown\":1}",
        "{\"a\":" + "[".repeat(20_000),
        "{\"a\":" + "{\"a\":".repeat(1000) + "1" + "}".repeat(1001),
        "{'Limit':1}",
        "{\"Limit\":1,}",
        "\ufeff{}");
  }

  @ParameterizedTest
  @MethodSource("badBodies")
  void body_malformed_isRefusedAndRecorded(String body) throws Exception {
    SignedClient.Answer answer = client.call("ListKeys", body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.type())
        .isIn("SerializationException", "ValidationException", "InvalidMarkerException");
    assertThat(lastEvent().errorCode()).isEqualTo(answer.type());
    assertThat(lastEvent().requestId()).isEqualTo(answer.requestId());
    assertThat(lastEvent().userIdentity().userName()).isEqualTo("tester");
  }

  @Test
  void body_invalidUtf8_isRefused() throws Exception {
    byte[] body = {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', ':', '1', '}'};
    assertThat(client.send(LIST_KEYS, body).type()).isEqualTo("SerializationException");
  }

  @Test
  void body_tooLong_isRefusedAndRecorded() throws Exception {
    String answer =
        raw(
            (head("{}", "content-length: 1000000") + "{\"a\":\"" + "x".repeat(999_993) + "\"}")
                .getBytes(UTF_8));
    // The connection may be gone before the answer is read; the record is there in any case.
    if (!answer.isEmpty()) {
      assertThat(answer).startsWith("HTTP/1.1 413").contains("RequestEntityTooLarge");
    }
    assertThat(lastEvent().errorCode()).isEqualTo("RequestEntityTooLargeException");
    assertWell();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "ListKeys", "TrentService.", "TrentService.listkeys", "Trent.ListKeys"})
  void target_wrong_isUnknownOperation(String target) throws Exception {
    SignedClient.Answer answer = client.send(target, "{}".getBytes(UTF_8));
    assertThat(answer.type()).isEqualTo("UnknownOperationException");
    assertThat(lastEvent().errorCode()).isEqualTo("UnknownOperationException");
  }

  @Test
  void headers_lengthAndChunkedTogether_areRefused() throws Exception {
    String answer =
        raw(
            (head("{}", "content-length: 2", "transfer-encoding: chunked") + "2\r\n{}\r\n0\r\n\r\n")
                .getBytes(UTF_8));
    assertThat(answer).startsWith("HTTP/1.1 400").doesNotContain("\"Keys\"");
    assertThat(lastEvent().errorCode()).isEqualTo("BadRequestException");
    assertWell();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "content-length: 2\r\ncontent-length: 2",
        "content-length: 2\r\ncontent-length: 3",
        "content-length: 2\r\nx-amz-target: TrentService.CreateKey",
        "content-length: 2\r\nhost: elsewhere",
        "content-length: 2\r\nauthorization: AWS4-HMAC-SHA256 Credential=x",
        "content-length: -1",
        "content-length: 2, 2",
        "content-length: 2\r\ncontent-encoding: gzip"
      })
  void headers_ambiguous_areRefusedAndRecorded(String lines) throws Exception {
    String answer = raw((head("{}", lines) + "{}").getBytes(UTF_8));
    assertThat(answer).startsWith("HTTP/1.1 400").doesNotContain("\"Keys\"");
    assertThat(lastEvent().errorCode()).isNotNull();
    assertWell();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GARBAGE\r\n\r\n",
        "POST / HTTP/9.9\r\nhost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: a\r\nbad header\r\n\r\n",
        "POST / HTTP/1.1\r\nhost: a\r\nx: \u0001\r\n\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\nhost: a\r\n\r\n"
      })
  void bytes_notHttp_areRefused(String request) throws Exception {
    String answer = raw(request.getBytes(UTF_8));
    assertThat(answer).startsWith("HTTP/1.1 4").doesNotContain("\"Keys\"");
    assertThat(lastEvent().errorCode()).isNotNull();
    assertWell();
  }

  @Test
  void headers_tooLong_areRefused() throws Exception {
    String answer = raw((head("{}", "x-long: " + "a".repeat(100_000)) + "{}").getBytes(UTF_8));
    assertThat(answer).doesNotContain("\"Keys\"");
    assertWell();
  }

  @Test
  void request_smuggledBehindAnother_isNotTakenAsSigned() throws Exception {
    String smuggled = "POST / HTTP/1.1\r\nhost: a\r\nx-amz-target: TrentService.ListKeys\r\n\r\n";
    String answer = raw((head("{}", "content-length: 2") + "{}" + smuggled).getBytes(UTF_8));
    assertThat(answer).contains("\"Keys\"").contains("MissingAuthenticationTokenException");
  }
}
