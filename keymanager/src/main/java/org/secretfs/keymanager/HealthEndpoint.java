package org.secretfs.keymanager;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.trail.TrailRunner;
import org.secretfs.metrics.MonitorEndpoint.Answer;

/** Tells whether the server works, and whether it takes requests. Neither is recorded. */
final class HealthEndpoint {
  /** Records of some ten thousand requests: time to do something about it. */
  private static final long LEAST_ROOM_BYTES = 32L << 20;

  private final KeyStore store;
  private final Recorder recorder;
  private final Optional<TrailRunner> trail;
  private final InFlight inFlight;
  private final Path auditDirectory;

  HealthEndpoint(
      KeyStore store,
      Recorder recorder,
      Optional<TrailRunner> trail,
      InFlight inFlight,
      Path auditDirectory) {
    this.store = store;
    this.recorder = recorder;
    this.trail = trail;
    this.inFlight = inFlight;
    this.auditDirectory = auditDirectory;
  }

  /** Whether all parts work; to be started anew if not. */
  Answer health() {
    boolean audit = recorder.isHealthy();
    boolean database = !inFlight.isDraining() && store.isHealthy();
    return Answer.json(
        audit && database,
        "{\"status\":\"%s\",\"audit\":%s,\"store\":%s%s}"
            .formatted(audit && database ? "ok" : "failing", audit, database, delivery()));
  }

  /** How the trail goes. It does not make the server unhealthy: no record is lost meanwhile. */
  private String delivery() {
    return trail
        .map(TrailRunner::status)
        .map(status ->
            ",\"trail\":{\"delivering\":%s,\"undelivered\":%d}"
                .formatted(status.latestError().isEmpty(), status.undelivered()))
        .orElse("");
  }

  /** Whether requests should be sent here. */
  Answer ready() {
    boolean room = hasRoom(auditDirectory, LEAST_ROOM_BYTES);
    boolean ready = room && !inFlight.isDraining() && recorder.isHealthy() && store.isHealthy();
    return Answer.json(ready, "{\"ready\":%s,\"audit_room\":%s}".formatted(ready, room));
  }

  /** Whether the disk of a directory has so much room left. */
  static boolean hasRoom(Path directory, long leastBytes) {
    try {
      return Files.getFileStore(directory).getUsableSpace() >= leastBytes;
    } catch (IOException e) {
      return false;
    }
  }

  static void answer(ServerResponse response, Answer answer) {
    response.status(answer.good() ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503);
    response.header(HeaderNames.CONTENT_TYPE, answer.contentType());
    response.send(answer.body().getBytes(StandardCharsets.UTF_8));
  }
}
