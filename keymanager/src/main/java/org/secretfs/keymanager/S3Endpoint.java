package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditResource;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.Identities;
import org.secretfs.keymanager.identity.Permissions;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.kms.Outcome;
import org.secretfs.keymanager.s3.BucketDirectory;
import org.secretfs.keymanager.s3.S3Answer;
import org.secretfs.keymanager.s3.S3Request;
import org.secretfs.keymanager.s3.S3Service;
import org.secretfs.keymanager.s3.S3Xml;
import org.secretfs.keymanager.sigv4.HttpMessage;
import org.secretfs.keymanager.sigv4.SignatureVerifier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The S3 API over HTTP, beside the others at the same address: takes the requests that are signed
 * for S3, or have a path and no signature, and leaves the rest. As there each is recorded before
 * its answer leaves.
 */
final class S3Endpoint {
  private static final Logger LOG = LoggerFactory.getLogger(S3Endpoint.class);
  private static final String SERVICE = "s3";
  private static final Set<String> WITH_BODY = Set.of("PUT", "POST");
  private static final Set<String> CHANGES = Set.of("PutObject", "DeleteObject");

  /** Each holds an object in memory. */
  private static final int MOST_AT_ONCE = 8;

  private final S3Service service;
  private final String accountId;
  private final SignatureVerifier verifier;
  private final Identities identities;
  private final Recorder recorder;
  private final InFlight inFlight;
  private final RateLimiter rates;
  private final Semaphore room = new Semaphore(MOST_AT_ONCE, true);

  S3Endpoint(
      S3Service service,
      String accountId,
      SignatureVerifier verifier,
      Identities identities,
      Recorder recorder,
      InFlight inFlight,
      RateLimiter rates) {
    this.service = service;
    this.accountId = accountId;
    this.verifier = verifier;
    this.identities = identities;
    this.recorder = recorder;
    this.inFlight = inFlight;
    this.rates = rates;
  }

  /** A request on its way. */
  private static final class Exchange {
    private String operation = "Unknown";
    private Optional<String> claimedAccessKeyId = Optional.empty();
    private @Nullable Principal principal;
    private @Nullable Permissions permissions;
    private @Nullable S3Request asked;
    private @Nullable S3Answer answer;
    private Optional<Refused> refusal = Optional.empty();
  }

  /** Answers a request that is for S3, and returns whether it was. */
  boolean handle(ServerRequest request, ServerResponse response) {
    HttpMessage head = ApiEndpoint.message(request, new byte[0]);
    if (!isMeant(head)) {
      return false;
    }
    String requestId = UUID.randomUUID().toString();
    if (!inFlight.enter()) {
      refuse(response, requestId, head, shuttingDown());
      return true;
    }
    boolean taken = room.tryAcquire();
    try {
      Exchange exchange = taken ? exchange(request, head, requestId) : busy(request, requestId);
      answer(response, requestId, head, exchange);
    } finally {
      inFlight.leave();
      if (taken) {
        room.release();
      }
    }
    return true;
  }

  private static boolean isMeant(HttpMessage head) {
    return SignatureVerifier.claimedService(head)
        .map(SERVICE::equals)
        .orElse(!head.rawPath().equals("/"));
  }

  private static Refused shuttingDown() {
    return new Refused(KmsErrorCode.NOT_RECORDED, "The key manager is shutting down.");
  }

  private Exchange busy(ServerRequest request, String requestId) {
    Exchange exchange = new Exchange();
    exchange.refusal =
        Optional.of(new Refused(KmsErrorCode.SLOW_DOWN, "Please reduce your request rate."));
    return recorded(origin(request, requestId), exchange);
  }

  private Recorder.Origin origin(ServerRequest request, String requestId) {
    return new Recorder.Origin(
        requestId,
        request.remotePeer().host(),
        request.headers().first(HeaderNames.USER_AGENT).orElse(""),
        recorder.now());
  }

  private Exchange exchange(ServerRequest request, HttpMessage head, String requestId) {
    Exchange exchange = new Exchange();
    if (!recorder.isHealthy()) {
      exchange.refusal = Optional.of(notRecorded());
      return exchange;
    }
    Recorder.Origin origin = origin(request, requestId);
    try {
      run(request, head, origin, exchange);
    } catch (Refused e) {
      exchange.refusal = Optional.of(e);
    } catch (IOException | UncheckedIOException e) {
      LOG.error("an S3 request failed", e);
      exchange.refusal = Optional.of(failed());
    } catch (RuntimeException e) {
      LOG.error("an S3 request met a defect", e);
      exchange.refusal = Optional.of(failed());
    }
    return recorded(origin, exchange);
  }

  private static Refused notRecorded() {
    return new Refused(KmsErrorCode.NOT_RECORDED, "The audit log cannot be written.");
  }

  private static Refused failed() {
    return new Refused(KmsErrorCode.INTERNAL, "The request was not done.");
  }

  private void run(
      ServerRequest request, HttpMessage head, Recorder.Origin origin, Exchange exchange)
      throws Refused, IOException {
    exchange.claimedAccessKeyId = SignatureVerifier.claimedAccessKeyId(head);
    TransportRules.check(head, BucketDirectory.MOST_BYTES);
    exchange.operation = S3Request.of(head).operation();
    HttpMessage message =
        ApiEndpoint.message(request, ApiEndpoint.body(request, BucketDirectory.MOST_BYTES));
    Principal principal =
        identities.principal(verifier.verify(message, SERVICE), ApiEndpoint.facts(request, origin));
    exchange.principal = principal;
    rates.take(principal.subject().principalArn(), SERVICE, exchange.operation);
    exchange.permissions = new Permissions(principal);
    exchange.asked = S3Request.of(message);
    exchange.answer = service.handle(exchange.asked, exchange.permissions);
  }

  private Exchange recorded(Recorder.Origin origin, Exchange exchange) {
    try {
      recorder.record(
          origin,
          SERVICE + ".amazonaws.com",
          exchange.principal,
          exchange.claimedAccessKeyId,
          outcome(exchange));
    } catch (IOException e) {
      LOG.error("request {} was not recorded", origin.requestId(), e);
      exchange.refusal = Optional.of(notRecorded());
    }
    return exchange;
  }

  private Outcome outcome(Exchange exchange) {
    S3Request asked = exchange.asked;
    Permissions permissions = exchange.permissions;
    boolean reads = !CHANGES.contains(exchange.operation);
    Outcome.Trace trace =
        asked == null || permissions == null
            ? Outcome.Trace.EMPTY
            : new Outcome.Trace(parameters(asked), null, resources(asked), permissions.decisions());
    return new Outcome(exchange.operation, reads, null, exchange.refusal, trace);
  }

  private static ObjectNode parameters(S3Request asked) {
    ObjectNode parameters = JsonNodeFactory.instance.objectNode();
    parameters.put("bucketName", bounded(asked.bucket()));
    if (!asked.key().isEmpty()) {
      parameters.put("key", asked.key());
    }
    return parameters;
  }

  private List<AuditResource> resources(S3Request asked) {
    if (asked.key().isEmpty()) {
      return List.of();
    }
    String arn = "arn:aws:s3:::%s/%s".formatted(bounded(asked.bucket()), asked.key());
    return List.of(new AuditResource(arn, accountId, "AWS::S3::Object"));
  }

  private static String bounded(String bucket) {
    return bucket.length() <= 63 ? bucket : bucket.substring(0, 63);
  }

  private static void answer(
      ServerResponse response, String requestId, HttpMessage head, Exchange exchange) {
    S3Answer answer = exchange.answer;
    if (exchange.refusal.isPresent() || answer == null) {
      refuse(response, requestId, head, exchange.refusal.orElseGet(S3Endpoint::failed));
      return;
    }
    response.status(Status.create(answer.status()));
    response.header(HeaderNames.create("x-amz-request-id"), requestId);
    answer.headers().forEach((name, value) -> response.header(HeaderNames.create(name), value));
    send(response, head, answer.body());
  }

  private static void refuse(
      ServerResponse response, String requestId, HttpMessage head, Refused refusal) {
    boolean ends = WITH_BODY.contains(head.method());
    response.status(Status.create(S3Xml.status(refusal.error())));
    response.header(HeaderNames.create("x-amz-request-id"), requestId);
    response.header(HeaderNames.CONTENT_TYPE, "application/xml");
    if (ends) {
      // What follows could be the rest of a body that nobody read.
      response.header(HeaderNames.CONNECTION, "close");
    }
    send(response, head, S3Xml.refusal(refusal, requestId));
    if (ends) {
      throw new CloseConnectionException("What follows could be the rest of what was refused.");
    }
  }

  private static void send(ServerResponse response, HttpMessage head, byte[] body) {
    if (head.method().equals("HEAD")) {
      response.header(HeaderNames.CONTENT_LENGTH, Integer.toString(body.length));
      response.send();
    } else {
      response.send(body);
    }
  }
}
