package org.secretfs.keys;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/** The one place where the client library's exceptions become {@link KeySourceException}s. */
final class AwsFailures {
  /** What was asked of whom: the facts that every message has. */
  record Asked(String operation, String endpoint, String subject) {
    @Override
    public String toString() {
      return "%s at %s (%s)".formatted(operation, endpoint, subject);
    }
  }

  private AwsFailures() {}

  static Optional<String> requestId(SdkException e) {
    return e instanceof AwsServiceException service
        ? Optional.ofNullable(service.requestId())
        : Optional.empty();
  }

  static KeySourceException of(SdkException e, Asked asked) {
    return e instanceof AwsServiceException service ? ofAnswer(service, asked) : ofClient(e, asked);
  }

  // --- what the service answered

  private static KeySourceException ofAnswer(AwsServiceException e, Asked asked) {
    String message =
        "%s: %s: %s [HTTP %d, request id %s]"
            .formatted(
                asked,
                errorCode(e).isEmpty() ? "no error code" : Text.shown(errorCode(e)),
                serviceText(e),
                e.statusCode(),
                Text.shown(String.valueOf(e.requestId())));
    return AwsErrorCodes.exception(AwsErrorCodes.of(errorCode(e), e.statusCode()), message, e);
  }

  static String errorCode(AwsServiceException e) {
    AwsErrorDetails details = e.awsErrorDetails();
    String code = details == null ? null : details.errorCode();
    return code == null ? "" : code;
  }

  private static String serviceText(AwsServiceException e) {
    AwsErrorDetails details = e.awsErrorDetails();
    String text = details == null ? null : details.errorMessage();
    return text == null || text.isEmpty() ? "no message" : Text.shown(text);
  }

  // --- what kept a usable answer from arriving

  private static KeySourceException ofClient(SdkException e, Asked asked) {
    CredentialsUnavailable missing = cause(e, CredentialsUnavailable.class);
    if (missing != null) {
      return new KeySourceException.NoCredentials(
          KeySourceCode.CREDENTIALS_MISSING, "%s: %s".formatted(asked, missing.reasons()), missing);
    }
    if (e instanceof ApiCallTimeoutException || e instanceof ApiCallAttemptTimeoutException) {
      return unreachable(asked, Text.shown(String.valueOf(e.getMessage())), e);
    }
    Throwable rejected = cause(e, JsonAnswerCheck.AnswerStopped.class);
    if (rejected == null) {
      rejected = cause(e, BoundedInputStream.TooLong.class);
    }
    if (rejected != null) {
      return new KeySourceException.Malformed("%s: %s".formatted(asked, rejected.getMessage()));
    }
    IOException io = cause(e, IOException.class);
    return io != null && isTransport(io) ? unreachable(asked, reasons(e), e) : malformed(asked, e);
  }

  /** The failure of reading an answer's body. */
  static KeySourceException ofRead(IOException e, Asked asked) {
    return unreachable(asked, reasons(e), e);
  }

  private static KeySourceException unreachable(Asked asked, String why, Exception e) {
    return new KeySourceException.Unreachable(
        KeySourceCode.SERVICE_UNREACHABLE, "%s: %s".formatted(asked, why), e);
  }

  // The parser quotes what it could not parse, and that can be a secret: names of classes only.
  private static KeySourceException malformed(Asked asked, SdkException e) {
    StringBuilder classes = new StringBuilder();
    for (Throwable at = e; at != null; at = at.getCause()) {
      classes.append(classes.isEmpty() ? "" : " < ").append(at.getClass().getSimpleName());
    }
    return new KeySourceException.Malformed(
        "%s: the answer could not be read: %s".formatted(asked, classes));
  }

  private static boolean isTransport(IOException e) {
    String name = e.getClass().getName();
    return !name.contains("jackson") && !name.contains("Json");
  }

  private static String reasons(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String text = Text.shown(String.valueOf(root.getMessage()));
    return "%s: %s".formatted(root.getClass().getSimpleName(), text);
  }

  private static <T extends Throwable> @Nullable T cause(Throwable e, Class<T> type) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (type.isInstance(at)) {
        return type.cast(at);
      }
    }
    return null;
  }

  /** No provider of the default chain had credentials. */
  static final class CredentialsUnavailable extends SdkClientException {
    private static final long serialVersionUID = 1;

    CredentialsUnavailable(SdkException why) {
      super(SdkClientException.builder().message(why.getMessage()).cause(why));
    }

    private String reasons() {
      return "no credentials: " + Text.shown(String.valueOf(getMessage()));
    }

    @Override
    public boolean retryable() {
      return false;
    }
  }
}
