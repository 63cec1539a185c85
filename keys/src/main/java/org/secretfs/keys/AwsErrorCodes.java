package org.secretfs.keys;

/**
 * What each error code of KMS and S3 means for us. Codes from the services' references; those of
 * signatures are common to all services.
 *
 * @spec https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html KMS Common Errors
 * @spec https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html S3 Error Responses
 */
final class AwsErrorCodes {
  private AwsErrorCodes() {}

  static KeySourceCode of(String errorCode, int httpStatus) {
    return switch (errorCode) {
      case "AccessDeniedException", "AccessDenied", "AllAccessDisabled", "AccountProblem" ->
          KeySourceCode.POLICY_DENIED;
      case "InvalidCiphertextException" -> KeySourceCode.WRAPPED_SECRET_REJECTED;
      case "IncorrectKeyException" -> KeySourceCode.WRONG_KEY;
      case "UnrecognizedClientException",
          "InvalidClientTokenId",
          "InvalidAccessKeyId",
          "InvalidSignatureException",
          "SignatureDoesNotMatch",
          "IncompleteSignature",
          "MissingAuthenticationToken",
          "MissingAuthenticationTokenException",
          "ExpiredToken",
          "ExpiredTokenException",
          "InvalidToken",
          "TokenRefreshRequired",
          "RequestExpired",
          "RequestTimeTooSkewed" ->
          KeySourceCode.CREDENTIALS_REFUSED;
      case "DisabledException" -> KeySourceCode.KEY_DISABLED;
      case "KMSInvalidStateException" -> KeySourceCode.KEY_UNUSABLE;
      case "NotFoundException" -> KeySourceCode.KEY_MISSING;
      case "NoSuchKey" -> KeySourceCode.WRAPPED_SECRET_MISSING;
      case "NoSuchBucket" -> KeySourceCode.STORE_MISSING;
      case "ThrottlingException",
          "Throttling",
          "TooManyRequestsException",
          "RequestLimitExceeded",
          "LimitExceededException",
          "SlowDown" ->
          KeySourceCode.THROTTLED;
      case "KeyUnavailableException",
          "KMSInternalException",
          "DependencyTimeoutException",
          "InternalError",
          "InternalFailure",
          "ServiceUnavailable",
          "RequestTimeout" ->
          KeySourceCode.SERVICE_UNREACHABLE;
      default -> ofStatus(httpStatus);
    };
  }

  private static KeySourceCode ofStatus(int httpStatus) {
    return switch (httpStatus) {
      case 401, 403 -> KeySourceCode.POLICY_DENIED;
      case 429 -> KeySourceCode.THROTTLED;
      default ->
          httpStatus >= 500 || httpStatus == 408
              ? KeySourceCode.SERVICE_UNREACHABLE
              : KeySourceCode.MISCONFIGURED;
    };
  }

  /** Returns an exception of the class that belongs to {@code code}. */
  static KeySourceException exception(KeySourceCode code, String message, Throwable cause) {
    return switch (code) {
      case POLICY_DENIED,
          WRAPPED_SECRET_REJECTED,
          WRONG_KEY,
          SEALED_SECRET_REJECTED,
          PASSPHRASE_NOT_GIVEN ->
          new KeySourceException.Denied(code, message, cause);
      case CREDENTIALS_REFUSED, CREDENTIALS_MISSING ->
          new KeySourceException.NoCredentials(code, message, cause);
      case KEY_DISABLED, KEY_UNUSABLE -> new KeySourceException.KeyDisabled(code, message, cause);
      case WRAPPED_SECRET_MISSING, SECRET_NOT_KEPT, KEY_MISSING, STORE_MISSING ->
          new KeySourceException.NotFound(code, message, cause);
      case SERVICE_UNREACHABLE, THROTTLED ->
          new KeySourceException.Unreachable(code, message, cause);
      case MALFORMED -> new KeySourceException.Malformed(message, cause);
      case MISCONFIGURED, TOKEN_NOT_TRUSTED ->
          new KeySourceException.Misconfigured(code, message, cause);
    };
  }
}
