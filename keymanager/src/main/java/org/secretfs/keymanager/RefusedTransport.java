package org.secretfs.keymanager;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.kms.Outcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Records and answers what is not even an HTTP request, and never reaches the API. */
final class RefusedTransport implements DirectHandler {
  private static final Logger LOG = LoggerFactory.getLogger(RefusedTransport.class);

  private final Recorder recorder;

  RefusedTransport(Recorder recorder) {
    this.recorder = recorder;
  }

  @Override
  public TransportResponse handle(
      TransportRequest request,
      EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    String requestId = UUID.randomUUID().toString();
    Outcome outcome =
        Outcome.refused(
            "Unknown",
            new Refused(
                type == EventType.PAYLOAD_TOO_LARGE
                    ? KmsErrorCode.REQUEST_TOO_LARGE
                    : KmsErrorCode.BAD_REQUEST,
                "The request is not valid HTTP."));
    Status answered = status;
    try {
      recorder.record(
          new Recorder.Origin(requestId, "unknown", "", recorder.now()),
          "kms.amazonaws.com",
          null,
          Optional.empty(),
          outcome);
    } catch (IOException e) {
      LOG.error("request {} was not recorded", requestId, e);
      answered = Status.SERVICE_UNAVAILABLE_503;
    }
    return TransportResponse.builder()
        .status(answered)
        .header(HeaderNames.create("x-amzn-RequestId"), requestId)
        .header(HeaderNames.CONTENT_TYPE, "application/x-amz-json-1.1")
        .keepAlive(false)
        .entity(AnswerJson.of(outcome))
        .build();
  }
}
