package org.secretfs.keymanager;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.secretfs.keymanager.cloudtrail.CloudTrailService;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.kms.Outcome;
import org.secretfs.keymanager.kms.Service;
import org.secretfs.keymanager.sigv4.HttpMessage;
import org.secretfs.keymanager.sts.StsService;
import org.secretfs.keymanager.sts.StsXml;

/** One of the APIs that are served at the same address: its form, not its work. */
sealed interface Api {
  /** What signatures must be good for. */
  String service();

  /** The source of its records. */
  default String eventSource() {
    return service() + ".amazonaws.com";
  }

  /** The content type of its answers. */
  String contentType();

  /** The operation that a request names; {@code Unknown} if none. */
  String operationName(HttpMessage message);

  /** Whether there is an operation of this name. */
  boolean knows(String operation);

  /** Does what a request asks. */
  Outcome handle(Principal principal, HttpMessage message) throws Refused;

  /** The body of an answer. */
  byte[] body(Outcome outcome, String requestId);

  /** The HTTP status of a refusal. */
  int status(KmsErrorCode error);

  /** JSON with the operation in a header. */
  record Kms(Service kms) implements Api {
    private static final String CONTENT_TYPE = "application/x-amz-json-1.1";
    private static final String TARGET = "x-amz-target";

    @Override
    public String service() {
      return "kms";
    }

    @Override
    public String contentType() {
      return CONTENT_TYPE;
    }

    @Override
    public String operationName(HttpMessage message) {
      return Service.operationName(message.first(TARGET).orElse(""));
    }

    @Override
    public boolean knows(String operation) {
      return Service.knows(operation);
    }

    @Override
    public Outcome handle(Principal principal, HttpMessage message) throws Refused {
      TransportRules.checkApi(message, CONTENT_TYPE);
      return kms.handle(principal, message.first(TARGET).orElse(""), message.body());
    }

    @Override
    public byte[] body(Outcome outcome, String requestId) {
      return AnswerJson.of(outcome);
    }

    @Override
    public int status(KmsErrorCode error) {
      return error.status();
    }
  }

  /** JSON as for KMS, with targets of its own. */
  record CloudTrail(CloudTrailService cloudTrail) implements Api {
    /** Whether a request names an operation of this API. */
    static boolean isMeant(HttpMessage message) {
      return message.first(Kms.TARGET).orElse("").startsWith(CloudTrailService.TARGET);
    }

    @Override
    public String service() {
      return "cloudtrail";
    }

    @Override
    public String contentType() {
      return Kms.CONTENT_TYPE;
    }

    @Override
    public String operationName(HttpMessage message) {
      return CloudTrailService.operationName(message.first(Kms.TARGET).orElse(""));
    }

    @Override
    public boolean knows(String operation) {
      return cloudTrail.knows(operation);
    }

    @Override
    public Outcome handle(Principal principal, HttpMessage message) throws Refused {
      TransportRules.checkApi(message, Kms.CONTENT_TYPE);
      return cloudTrail.handle(principal, operationName(message), message.body());
    }

    @Override
    public byte[] body(Outcome outcome, String requestId) {
      return AnswerJson.of(outcome);
    }

    @Override
    public int status(KmsErrorCode error) {
      return error.status();
    }
  }

  /** A form in the body, or in the query of a presigned request; answers in XML. */
  record Sts(StsService sts) implements Api {
    private static final String FORM = "application/x-www-form-urlencoded";

    /** Whether a request is in the form of this API. */
    static boolean isMeant(HttpMessage message) {
      String type = message.first("content-type").orElse("").toLowerCase(Locale.ROOT);
      return message.all(Kms.TARGET).isEmpty()
          && (isPresigned(message) || type.split(";", 2)[0].strip().equals(FORM));
    }

    private static boolean isPresigned(HttpMessage message) {
      return message.method().equals("GET") && message.rawQuery().contains("Action=");
    }

    private static byte[] form(HttpMessage message) {
      return isPresigned(message)
          ? message.rawQuery().getBytes(StandardCharsets.ISO_8859_1)
          : message.body();
    }

    @Override
    public String service() {
      return "sts";
    }

    @Override
    public String contentType() {
      return "text/xml";
    }

    @Override
    public String operationName(HttpMessage message) {
      return StsService.operationName(form(message));
    }

    @Override
    public boolean knows(String operation) {
      return sts.knows(operation);
    }

    @Override
    public Outcome handle(Principal principal, HttpMessage message) throws Refused {
      boolean known = message.method().equals("POST") || isPresigned(message);
      if (!known || !message.rawPath().equals("/")) {
        throw new Refused(KmsErrorCode.UNKNOWN_OPERATION, "");
      }
      if (message.method().equals("POST") && !message.rawQuery().isEmpty()) {
        throw new Refused(KmsErrorCode.VALIDATION, "Parameters belong into the body.");
      }
      return sts.handle(principal, form(message));
    }

    @Override
    public byte[] body(Outcome outcome, String requestId) {
      return StsXml.of(outcome, requestId);
    }

    @Override
    public int status(KmsErrorCode error) {
      return StsXml.status(error);
    }
  }
}
