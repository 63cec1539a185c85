package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditTrail;
import org.secretfs.keymanager.sigv4.SignedClient;
import software.amazon.awssdk.services.kms.KmsClient;

/** What an operator sees: limits, metrics, readiness. */
class OperationsTest {
  private static final int MANAGEMENT_PER_SECOND = 5;

  @TempDir private Path directory;
  private TestServer server;
  private SignedClient client;

  @BeforeEach
  void start() throws Exception {
    ServerSettings settings =
        ServerSettings.DEFAULT
            .withRates(new RateLimits(0, MANAGEMENT_PER_SECOND, 1))
            .withMonitor(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server =
        TestServer.start(KeyManagerConfig.below(directory).withServer(settings), Clock.systemUTC());
    client = server.admin();
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private HttpResponse<String> monitor(String path) throws Exception {
    URI uri = URI.create("http://127.0.0.1:%d%s".formatted(server.monitorPort(), path));
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void requests_beyondTheRate_areThrottledRecordedAndRetriedBySdks() throws Exception {
    List<String> types = new ArrayList<>();
    for (int i = 0; i < 4 * MANAGEMENT_PER_SECOND; i++) {
      SignedClient.Answer answer = client.call("ListKeys", "{}");
      types.add(answer.status() + answer.type());
      if (answer.status() != 200) {
        assertThat(answer.json().path("message").textValue())
            .startsWith("You have exceeded the rate at which you may call KMS.");
      }
    }
    assertThat(types).contains("200", "400ThrottlingException");
    List<AuditEvent> events = new ArrayList<>();
    var _ = AuditTrail.read(server.config().auditDirectory(), e -> events.add(e.event()));
    assertThat(events.stream().filter(e -> "ThrottlingException".equals(e.errorCode())))
        .hasSize((int) types.stream().filter(t -> t.endsWith("ThrottlingException")).count())
        .allMatch(e -> "tester".equals(e.userIdentity().userName()));
    assertThat(client.call("GenerateRandom", "{\"NumberOfBytes\":8}").status()).isEqualTo(200);
    // The SDK takes the answer for one that is worth another try.
    try (KmsClient sdk = server.retryingClient()) {
      for (int i = 0; i < MANAGEMENT_PER_SECOND + 1; i++) {
        assertThat(sdk.listKeys().keys()).isEmpty();
      }
    }
  }

  @Test
  void sts_beyondTheRate_isThrottledAsStsDoes() throws Exception {
    String form = "Action=GetCallerIdentity&Version=2011-06-15";
    List<String> codes = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      codes.add(client.sts(form).text("Code"));
    }
    assertThat(codes).contains("", "Throttling");
  }

  @Test
  void metrics_afterRequests_countThemByOperationAndOutcome() throws Exception {
    client.call("CreateKey", "{}");
    client.call("Decrypt", "{}");
    client.call("Decrypt", "{}");
    client.call("MadeUpByAClient", "{}");
    HttpResponse<String> answer = monitor("/metrics");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .contains(
            "requests_total{service=\"kms\",operation=\"CreateKey\",outcome=\"ok\"} 1\n",
            "requests_total{service=\"kms\",operation=\"Decrypt\",outcome=\"ValidationException\"}"
                + " 2\n",
            "operation=\"Unknown\",outcome=\"UnknownOperationException\"} 1\n",
            "request_seconds_bucket{service=\"kms\",operation=\"Decrypt\",le=\"+Inf\"} 2\n",
            "secretfs_keymanager_keys{state=\"Enabled\"} 1\n",
            "secretfs_keymanager_audit_healthy 1\n",
            "secretfs_keymanager_audit_waiting 0\n",
            "secretfs_keymanager_requests_in_flight 0\n")
        .doesNotContain("MadeUpByAClient");
  }

  @Test
  void monitor_healthAndReadiness_areToldThereToo() throws Exception {
    assertThat(monitor("/healthz").body()).contains("\"status\":\"ok\"");
    assertThat(monitor("/readyz").body()).isEqualTo("{\"ready\":true,\"audit_room\":true}\n");
    assertThat(monitor("/keys").statusCode()).isEqualTo(404);
  }

  @Test
  void room_lessThanNeeded_isNotEnough() {
    assertThat(HealthEndpoint.hasRoom(directory, 1)).isTrue();
    assertThat(HealthEndpoint.hasRoom(directory, Long.MAX_VALUE)).isFalse();
    assertThat(HealthEndpoint.hasRoom(directory.resolve("gone"), 1)).isFalse();
  }
}
