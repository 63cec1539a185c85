package org.secretfs.keymanager;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditTrail;
import org.secretfs.keymanager.s3.BucketDirectory;
import org.secretfs.keymanager.s3.BucketSettings;
import org.secretfs.keymanager.sigv4.SignedClient;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class S3ApiTest {
  private static final byte[] NOTHING = new byte[0];

  private Path directory = Path.of("none");
  private TestServer server;
  private SignedClient admin;

  @BeforeAll
  void start(@TempDir Path temporary) throws Exception {
    directory = temporary;
    KeyManagerConfig config =
        KeyManagerConfig.below(temporary)
            .withDelivery(
                new DeliverySettings(
                    Optional.of(new BucketSettings(temporary.resolve("buckets"), List.of("keys"))),
                    Optional.empty()));
    server = TestServer.start(config, Clock.systemUTC());
    admin = server.admin();
  }

  @AfterAll
  void stop() {
    admin.close();
    server.close();
  }

  private HttpResponse<byte[]> send(String method, String path, String query) throws Exception {
    return admin.s3(method, path, query, NOTHING, Map.of());
  }

  private HttpResponse<byte[]> put(String path, String content) throws Exception {
    return admin.s3("PUT", path, "", content.getBytes(UTF_8), Map.of());
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), UTF_8);
  }

  @Test
  void object_putGotHeadAndDeleted_isAsItWasPut() throws Exception {
    assertThat(put("/keys/a%20b/c%2Bd", "0123456789").statusCode()).isEqualTo(200);
    assertThat(text(send("GET", "/keys/a%20b/c%2Bd", ""))).isEqualTo("0123456789");
    HttpResponse<byte[]> part =
        admin.s3("GET", "/keys/a%20b/c%2Bd", "", NOTHING, Map.of("range", "bytes=2-4"));
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(text(part)).isEqualTo("234");
    HttpResponse<byte[]> head = send("HEAD", "/keys/a%20b/c%2Bd", "");
    assertThat(head.headers().firstValue("content-length")).hasValue("10");
    assertThat(head.headers().firstValue("etag")).hasValue("\"781e5e245d69b566979b86e28d23f2c7\"");
    assertThat(send("DELETE", "/keys/a%20b/c%2Bd", "").statusCode()).isEqualTo(204);
    assertThat(text(send("GET", "/keys/a%20b/c%2Bd", ""))).contains("<Code>NoSuchKey</Code>");
  }

  @Test
  void put_ifNoneMatch_keepsTheFirst() throws Exception {
    Map<String, String> absent = Map.of("if-none-match", "*");
    assertThat(admin.s3("PUT", "/keys/once", "", "1".getBytes(UTF_8), absent).statusCode())
        .isEqualTo(200);
    assertThat(admin.s3("PUT", "/keys/once", "", "2".getBytes(UTF_8), absent).statusCode())
        .isEqualTo(412);
    assertThat(text(send("GET", "/keys/once", ""))).isEqualTo("1");
  }

  @Test
  void request_hostile_isRefusedAndNothingIsWrittenOutside() throws Exception {
    for (String path :
        List.of(
            "/keys/../x",
            "/keys/%2e%2e/x",
            "/keys/a%2f..%2f..%2fx",
            "/keys/.tmp/x",
            "/keys/.a.meta",
            "/keys/a%00b",
            "/keys/a//b",
            "/../x",
            "/keys/" + "a".repeat(201))) {
      assertThat(put(path, "x").statusCode()).as(path).isBetween(400, 404);
    }
    try (var files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "state", "root.key", "root.key.generation", "audit", "buckets");
    }
    assertThat(text(send("GET", "/keys/a", "acl"))).contains("<Code>NotImplemented</Code>");
    assertThat(text(send("GET", "/keys", "max-keys=x"))).contains("InvalidArgument");
    assertThat(text(send("GET", "/nothing", ""))).contains("<Code>NoSuchBucket</Code>");
    byte[] large = new byte[BucketDirectory.MOST_BYTES + 1];
    assertThat(text(admin.s3("PUT", "/keys/large", "", large, Map.of())))
        .contains("<Code>EntityTooLarge</Code>");
  }

  @Test
  void request_forgedOrUnsigned_isDenied() throws Exception {
    try (SignedClient forger =
            new SignedClient(server.uri(), server.accessKeyId(), "not the secret");
        HttpClient http = HttpClient.newHttpClient()) {
      for (String method : List.of("GET", "HEAD", "PUT", "DELETE")) {
        assertThat(forger.s3(method, "/keys/x", "", NOTHING, Map.of()).statusCode())
            .as(method)
            .isEqualTo(403);
      }
      URI object = server.uri().resolve("/keys/x");
      assertThat(
              http.send(
                      HttpRequest.newBuilder(object).build(), HttpResponse.BodyHandlers.ofString())
                  .body())
          .contains("<Code>AccessDenied</Code>");
    }
  }

  @Test
  void request_principalWithoutPermission_isDeniedUnchangedAndRecorded() throws Exception {
    put("/keys/secret/x", "x");
    put("/keys/mine/x", "mine");
    try (SignedClient mallory = server.user("mallory")) {
      for (String method : List.of("GET", "HEAD", "PUT", "DELETE")) {
        assertThat(mallory.s3(method, "/keys/secret/x", "", NOTHING, Map.of()).statusCode())
            .isEqualTo(403);
      }
      for (String query : List.of("", "list-type=2", "location")) {
        assertThat(mallory.s3("GET", "/keys", query, NOTHING, Map.of()).statusCode())
            .isEqualTo(403);
      }
      assertThat(mallory.s3("GET", "/", "", NOTHING, Map.of()).statusCode()).isEqualTo(403);
    }
    assertThat(text(send("GET", "/keys/secret/x", ""))).isEqualTo("x");
    List<String> denied =
        events().stream()
            .filter(line -> line.startsWith("mallory s3.amazonaws.com"))
            .filter(line -> line.endsWith("AccessDeniedException"))
            .toList();
    assertThat(denied).hasSize(8).anyMatch(line -> line.contains("DeleteObject"));
  }

  private List<String> events() throws Exception {
    List<String> events = new java.util.ArrayList<>();
    AuditTrail.read(
        server.config().auditDirectory(),
        entry ->
            events.add(
                "%s %s %s %s"
                    .formatted(
                        entry.event().userIdentity().userName(),
                        entry.event().eventSource(),
                        entry.event().eventName(),
                        entry.event().errorCode())));
    return events;
  }

  @Test
  void policy_ofOnePrefix_allowsThatAlone() throws Exception {
    put("/keys/mine/x", "mine");
    put("/keys/theirs/x", "theirs");
    try (Administration administration = server.administration()) {
      administration.putPolicy(
          "own-prefix",
          """
          {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",
            "Resource":"arn:aws:s3:::keys/mine/*"}]}
          """);
    }
    try (SignedClient bob = server.user("bob", "own-prefix")) {
      assertThat(text(bob.s3("GET", "/keys/mine/x", "", NOTHING, Map.of()))).isEqualTo("mine");
      assertThat(bob.s3("GET", "/keys/theirs/x", "", NOTHING, Map.of()).statusCode())
          .isEqualTo(403);
      // Who may not list does not learn what is absent.
      assertThat(bob.s3("GET", "/keys/mine/absent", "", NOTHING, Map.of()).statusCode())
          .isEqualTo(403);
      assertThat(bob.s3("PUT", "/keys/mine/x", "", NOTHING, Map.of()).statusCode()).isEqualTo(403);
    }
  }

  @Test
  void list_secondVersion_goesOnWithItsToken() throws Exception {
    for (int i = 0; i < 5; i++) {
      put("/keys/list/%d&".formatted(i).replace("&", "%26"), "x");
    }
    String first = text(send("GET", "/keys", "list-type=2&max-keys=3&prefix=list%2F"));
    assertThat(first)
        .contains("<Key>list/2&amp;</Key>", "<IsTruncated>true</IsTruncated>")
        .doesNotContain("list/3");
    String token = first.replaceAll("(?s).*<NextContinuationToken>(.*)</NextC.*", "$1");
    String second =
        text(send("GET", "/keys", "list-type=2&prefix=list%2F&continuation-token=" + token));
    assertThat(second).contains("<Key>list/3&amp;</Key>", "<Key>list/4&amp;</Key>");
    assertThat(second).doesNotContain("list/2").contains("<IsTruncated>false</IsTruncated>");
  }
}
