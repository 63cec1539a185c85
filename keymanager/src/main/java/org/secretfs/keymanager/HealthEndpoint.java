package org.secretfs.keymanager;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import org.secretfs.keymanager.store.KeyStore;

/** Tells whether the server works, and whether it takes requests. Neither is recorded. */
final class HealthEndpoint {
  private final KeyStore store;
  private final Recorder recorder;
  private final InFlight inFlight;

  HealthEndpoint(KeyStore store, Recorder recorder, InFlight inFlight) {
    this.store = store;
    this.recorder = recorder;
    this.inFlight = inFlight;
  }

  void health(ServerRequest request, ServerResponse response) {
    boolean audit = recorder.isHealthy();
    boolean database = !inFlight.isDraining() && store.isHealthy();
    answer(
        response,
        audit && database,
        "{\"status\":\"%s\",\"audit\":%s,\"store\":%s}"
            .formatted(audit && database ? "ok" : "failing", audit, database));
  }

  void ready(ServerRequest request, ServerResponse response) {
    boolean ready = !inFlight.isDraining() && recorder.isHealthy() && store.isHealthy();
    answer(response, ready, "{\"ready\":%s}".formatted(ready));
  }

  private static void answer(ServerResponse response, boolean good, String json) {
    response.status(good ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    response.header(HeaderNames.CONTENT_TYPE, "application/json");
    response.send(json.getBytes(StandardCharsets.UTF_8));
  }
}
