package org.secretfs.keymanager;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.Identities;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.kms.Outcome;
import org.secretfs.keymanager.kms.Service;
import org.secretfs.keymanager.policy.Facts;
import org.secretfs.keymanager.sigv4.HttpMessage;
import org.secretfs.keymanager.sigv4.SignatureVerifier;
import org.secretfs.keymanager.sigv4.Signer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The KMS, STS and CloudTrail APIs over HTTP: reads a bounded request, finds who signed it, has it
 * done, records it, and only then answers.
 */
final class ApiEndpoint implements Handler {
  private static final Logger LOG = LoggerFactory.getLogger(ApiEndpoint.class);
  private static final HeaderName REQUEST_ID = HeaderNames.create("x-amzn-RequestId");

  private final Api.Kms kms;
  private final Api.Sts sts;
  private final Api.CloudTrail cloudTrail;
  private final SignatureVerifier verifier;
  private final Identities identities;
  private final Recorder recorder;
  private final InFlight inFlight;
  private final RateLimiter rates;
  private final Metrics metrics;

  ApiEndpoint(
      Api.Kms kms,
      Api.Sts sts,
      Api.CloudTrail cloudTrail,
      SignatureVerifier verifier,
      Identities identities,
      Recorder recorder,
      InFlight inFlight,
      RateLimiter rates,
      Metrics metrics) {
    this.kms = kms;
    this.sts = sts;
    this.cloudTrail = cloudTrail;
    this.verifier = verifier;
    this.identities = identities;
    this.recorder = recorder;
    this.inFlight = inFlight;
    this.rates = rates;
    this.metrics = metrics;
  }

  /** A request on its way to an outcome; who asked is known once the signature is checked. */
  private static final class Exchange {
    private @Nullable Principal principal;
    private Optional<String> claimedAccessKeyId = Optional.empty();
    private String operation = "Unknown";
    private Api api;

    Exchange(Api api) {
      this.api = api;
    }
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    String requestId = UUID.randomUUID().toString();
    if (!inFlight.enter()) {
      answer(response, requestId, unavailable("The key manager is shutting down."), kms, true);
      return;
    }
    boolean ends;
    try {
      long start = System.nanoTime();
      Exchange exchange = new Exchange(kms);
      Outcome outcome = recorded(request, requestId, exchange);
      metrics.answered(exchange.api, outcome, System.nanoTime() - start);
      ends = outcome.refusal().map(ApiEndpoint::endsConnection).orElse(false);
      answer(response, requestId, outcome, exchange.api, ends);
    } finally {
      inFlight.leave();
    }
    if (ends) {
      throw new CloseConnectionException("What follows could be the rest of what was refused.");
    }
  }

  private static boolean endsConnection(Refused refusal) {
    return refusal.error() == KmsErrorCode.REQUEST_TOO_LARGE
        || refusal.error() == KmsErrorCode.BAD_REQUEST;
  }

  private Outcome recorded(ServerRequest request, String requestId, Exchange exchange) {
    if (!recorder.isHealthy()) {
      return unavailable("The audit log cannot be written.");
    }
    Recorder.Origin origin =
        new Recorder.Origin(
            requestId,
            request.remotePeer().host(),
            request.headers().first(HeaderNames.USER_AGENT).orElse(""),
            recorder.now());
    Outcome outcome = outcome(request, origin, exchange);
    try {
      recorder.record(
          origin,
          exchange.api.eventSource(),
          exchange.principal,
          exchange.claimedAccessKeyId,
          outcome);
      return outcome;
    } catch (IOException e) {
      LOG.error("request {} was not recorded", requestId, e);
      return unavailable("The audit log cannot be written.");
    }
  }

  private static Outcome unavailable(String message) {
    return Outcome.refused("Unknown", new Refused(KmsErrorCode.NOT_RECORDED, message));
  }

  private Outcome outcome(ServerRequest request, Recorder.Origin origin, Exchange exchange) {
    try {
      HttpMessage head = message(request, new byte[0]);
      exchange.api = api(head);
      exchange.operation = exchange.api.operationName(head);
      exchange.claimedAccessKeyId = SignatureVerifier.claimedAccessKeyId(head);
      TransportRules.check(head, Service.MOST_BODY_BYTES);
      HttpMessage message = message(request, body(request, Service.MOST_BODY_BYTES));
      exchange.operation = exchange.api.operationName(message);
      Signer signer = verifier.verify(message, exchange.api.service());
      Principal principal = identities.principal(signer, facts(request, origin));
      exchange.principal = principal;
      rates.take(principal.subject().principalArn(), exchange.api.service(), exchange.operation);
      return exchange.api.handle(principal, message);
    } catch (Refused e) {
      return Outcome.refused(exchange.operation, e);
    } catch (IOException | UncheckedIOException e) {
      LOG.error("a request failed", e);
      return failed(exchange);
    } catch (RuntimeException e) {
      LOG.error("a request met a defect", e);
      return failed(exchange);
    }
  }

  private Api api(HttpMessage head) {
    if (Api.CloudTrail.isMeant(head)) {
      return cloudTrail;
    }
    return Api.Sts.isMeant(head) ? sts : kms;
  }

  /** The condition keys of the request itself. */
  static Facts facts(ServerRequest request, Recorder.Origin origin) {
    return new Facts()
        .add("aws:SourceIp", origin.address())
        .add("aws:UserAgent", origin.userAgent())
        .add("aws:SecureTransport", Boolean.toString(request.isSecure()))
        .add("aws:CurrentTime", origin.time().toString())
        .add("aws:EpochTime", Long.toString(origin.time().getEpochSecond()));
  }

  private static Outcome failed(Exchange exchange) {
    return Outcome.refused(
        exchange.operation, new Refused(KmsErrorCode.INTERNAL, "The request was not done."));
  }

  /** A request as it came, with a body that was read. */
  static HttpMessage message(ServerRequest request, byte[] body) {
    List<HttpMessage.Field> headers = new ArrayList<>();
    for (Header header : request.headers()) {
      for (String value : header.allValues()) {
        headers.add(HttpMessage.Field.header(header.name(), value));
      }
    }
    return new HttpMessage(
        request.prologue().method().text(),
        request.prologue().uriPath().rawPath(),
        request.prologue().query().rawValue(),
        headers,
        body);
  }

  /** The body, if it is not too long. */
  static byte[] body(ServerRequest request, int most) throws Refused, IOException {
    if (!request.content().hasEntity()) {
      return new byte[0];
    }
    try (InputStream in = request.content().inputStream()) {
      byte[] body = in.readNBytes(most + 1);
      if (body.length > most) {
        throw TransportRules.tooLarge(most);
      }
      return body;
    }
  }

  private static void answer(
      ServerResponse response, String requestId, Outcome outcome, Api api, boolean ends) {
    response.header(REQUEST_ID, requestId);
    response.header(HeaderNames.CONTENT_TYPE, api.contentType());
    if (outcome.refusal().isPresent()) {
      Refused refusal = outcome.refusal().get();
      response.status(Status.create(api.status(refusal.error())));
    }
    if (ends) {
      response.header(HeaderNames.CONNECTION, "close");
    }
    response.send(api.body(outcome, requestId));
  }
}
