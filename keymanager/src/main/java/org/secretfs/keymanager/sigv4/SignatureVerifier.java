package org.secretfs.keymanager.sigv4;

import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.SecretCache;

/**
 * Tells who signed a request with AWS Signature Version 4, in a header or in the query.
 *
 * <p>Stricter than AWS in three things: {@code Host} and every {@code x-amz-} header must be
 * signed, no header or parameter that matters may be given twice, and a body is always covered,
 * never {@code UNSIGNED-PAYLOAD}. Safe for use by several threads.
 */
public final class SignatureVerifier implements AutoCloseable {
  private static final DateTimeFormatter DATE_TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);
  private static final Duration SKEW = Duration.ofMinutes(5);
  private static final long MOST_LIFETIME_SECONDS = 3600;
  private static final int MOST_KEYS_CACHED = 500;
  private static final List<String> ONCE =
      List.of(
          "host",
          "x-amz-date",
          "x-amz-target",
          "x-amz-content-sha256",
          "x-amz-security-token",
          "content-type");

  private final String region;
  private final Clock clock;
  private final Credentials credentials;
  private final SecretCache<KeyName> signingKeys = new SecretCache<>(MOST_KEYS_CACHED);

  private record KeyName(String accessKeyId, String date, String service) {}

  /** Makes one that accepts signatures for this region. */
  public SignatureVerifier(String region, Clock clock, Credentials credentials) {
    this.region = region;
    this.clock = clock;
    this.credentials = credentials;
  }

  /** The access key id that a request claims, for the record of a refusal; not proven. */
  public static Optional<String> claimedAccessKeyId(HttpMessage message) {
    try {
      return Optional.of(Claim.of(message).scope().accessKeyId());
    } catch (Refused e) {
      return Optional.empty();
    }
  }

  /** The service that a request claims to be signed for; not proven. */
  public static Optional<String> claimedService(HttpMessage message) {
    try {
      return Optional.of(Claim.of(message).scope().service());
    } catch (Refused e) {
      return Optional.empty();
    }
  }

  /**
   * Checks a request's signature.
   *
   * @param service what it must be good for, as in {@code kms}
   * @return who signed it
   * @throws Refused if nobody known did, for here, now, and for exactly this request
   * @throws IOException if the access keys cannot be read
   */
  public Signer verify(HttpMessage message, String service) throws Refused, IOException {
    Claim claim = Claim.of(message);
    claim.scope().require(region, service);
    requireTime(claim);
    requireSignedHeaders(message, claim);
    Signer signer = signer(message, claim);
    String payloadHash = payloadHash(message);
    String canonical =
        CanonicalRequest.of(
            message, path(message, service), claim.query(), claim.signedHeaders(), payloadHash);
    String text = Signature.stringToSign(claim.dateTime(), claim.scope(), canonical);
    if (!Signature.same(signature(claim, signer, text), claim.signature())) {
      throw invalid(
          "The request signature we calculated does not match the signature you provided. Check"
              + " your AWS Secret Access Key and signing method. Consult the service documentation"
              + " for details.");
    }
    return signer;
  }

  private static String path(HttpMessage message, String service) {
    return service.equals("s3")
        ? CanonicalRequest.pathAsItIs(message.rawPath())
        : CanonicalRequest.normalizedPath(message.rawPath());
  }

  private String signature(Claim claim, Signer signer, String text) throws IOException {
    Scope scope = claim.scope();
    KeyName name = new KeyName(scope.accessKeyId(), scope.date(), scope.service());
    return signingKeys.use(
        name,
        () -> {
          try (var secret = credentials.secretOf(signer)) {
            return Signature.signingKey(secret, scope);
          }
        },
        key -> Signature.sign(key, text));
  }

  private Signer signer(HttpMessage message, Claim claim) throws Refused, IOException {
    List<String> tokens = new ArrayList<>(message.all("x-amz-security-token"));
    for (HttpMessage.Field field : claim.query()) {
      if (field.name().equals("X-Amz-Security-Token")) {
        tokens.add(field.value());
      }
    }
    if (tokens.size() > 1) {
      throw invalid("'X-Amz-Security-Token' is given twice.");
    }
    return credentials
        .find(claim.scope().accessKeyId(), tokens.stream().findFirst())
        .orElseThrow(() ->
            new Refused(
                KmsErrorCode.UNRECOGNIZED_CLIENT,
                "The security token included in the request is invalid."));
  }

  private void requireTime(Claim claim) throws Refused {
    Instant signed = time(claim.dateTime());
    if (!claim.dateTime().startsWith(claim.scope().date() + "T")) {
      throw invalid(
          "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from"
              + " HTTP: '%s' != '%s', from '%s'."
                  .formatted(
                      claim.scope().date(), claim.dateTime().substring(0, 8), claim.dateTime()));
    }
    Duration lifetime = lifetime(claim);
    Instant now = clock.instant();
    if (signed.isBefore(now.minus(lifetime))) {
      throw invalid(
          "Signature expired: %s is now earlier than %s (%s - %d min.)"
              .formatted(
                  claim.dateTime(), text(now.minus(lifetime)), text(now), lifetime.toMinutes()));
    }
    if (signed.isAfter(now.plus(SKEW))) {
      throw invalid(
          "Signature not yet current: %s is still later than %s (%s + 5 min.)"
              .formatted(claim.dateTime(), text(now.plus(SKEW)), text(now)));
    }
  }

  private static Duration lifetime(Claim claim) throws Refused {
    if (claim.lifetimeSeconds().isEmpty()) {
      return SKEW;
    }
    String text = claim.lifetimeSeconds().get();
    if (!text.matches("[1-9][0-9]{0,5}") || Long.parseLong(text) > MOST_LIFETIME_SECONDS) {
      throw new Refused(
          KmsErrorCode.INCOMPLETE_SIGNATURE,
          "X-Amz-Expires must be a number of seconds from 1 to %d."
              .formatted(MOST_LIFETIME_SECONDS));
    }
    return Duration.ofSeconds(Long.parseLong(text));
  }

  private static Instant time(String dateTime) throws Refused {
    try {
      return LocalDateTime.parse(dateTime, DATE_TIME).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw new Refused(
          KmsErrorCode.INCOMPLETE_SIGNATURE,
          "Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601."
              .formatted(dateTime));
    }
  }

  private static String text(Instant instant) {
    return DATE_TIME.format(instant.atOffset(ZoneOffset.UTC));
  }

  private static void requireSignedHeaders(HttpMessage message, Claim claim) throws Refused {
    for (String name : ONCE) {
      if (message.all(name).size() > 1) {
        throw invalid("Header '%s' is given twice.".formatted(name));
      }
    }
    if (!claim.signedHeaders().contains("host")) {
      throw invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    }
    for (HttpMessage.Field header : message.headers()) {
      if (header.name().startsWith("x-amz-") && !claim.signedHeaders().contains(header.name())) {
        throw invalid("'%s' must be a 'SignedHeader'.".formatted(header.name()));
      }
    }
  }

  private static String payloadHash(HttpMessage message) throws Refused {
    String hash = Signature.hexSha256(message.body());
    Optional<String> claimed = message.first("x-amz-content-sha256");
    if (claimed.isPresent() && !Signature.same(claimed.get(), hash)) {
      throw invalid("The value of 'X-Amz-Content-Sha256' is not the hash of the body.");
    }
    return hash;
  }

  private static Refused invalid(String message) {
    return new Refused(KmsErrorCode.INVALID_SIGNATURE, message);
  }

  /** Wipes the signing keys that it kept. */
  @Override
  public void close() {
    signingKeys.close();
  }
}
