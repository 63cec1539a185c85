package org.secretfs.keymanager.failure;

import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;

/** The errors that the APIs answer with, 8100 to 8199, under the names that clients know. */
public enum KmsErrorCode implements ErrorCode {
  MISSING_AUTHENTICATION_TOKEN(8100, "MissingAuthenticationTokenException", 400, Kind.DENIED),
  INCOMPLETE_SIGNATURE(8101, "IncompleteSignatureException", 400, Kind.DENIED),
  INVALID_SIGNATURE(8102, "InvalidSignatureException", 400, Kind.DENIED),
  UNRECOGNIZED_CLIENT(8103, "UnrecognizedClientException", 400, Kind.DENIED),
  ACCESS_DENIED(8104, "AccessDeniedException", 400, Kind.DENIED),
  EXPIRED_TOKEN(8105, "ExpiredTokenException", 400, Kind.DENIED),
  SERIALIZATION(8110, "SerializationException", 400, Kind.DATA),
  UNKNOWN_OPERATION(8111, "UnknownOperationException", 400, Kind.DATA),
  UNSUPPORTED_OPERATION(8112, "UnsupportedOperationException", 400, Kind.DATA),
  VALIDATION(8113, "ValidationException", 400, Kind.DATA),
  REQUEST_TOO_LARGE(8114, "RequestEntityTooLargeException", 413, Kind.DATA),
  BAD_REQUEST(8115, "BadRequestException", 400, Kind.DATA),
  NOT_FOUND(8120, "NotFoundException", 400, Kind.DENIED),
  ALREADY_EXISTS(8121, "AlreadyExistsException", 400, Kind.DENIED),
  DISABLED(8122, "DisabledException", 400, Kind.DENIED),
  INVALID_STATE(8123, "KMSInvalidStateException", 400, Kind.DENIED),
  INVALID_CIPHERTEXT(8124, "InvalidCiphertextException", 400, Kind.DENIED),
  INCORRECT_KEY(8125, "IncorrectKeyException", 400, Kind.DENIED),
  INVALID_KEY_USAGE(8126, "InvalidKeyUsageException", 400, Kind.DENIED),
  INVALID_ALIAS_NAME(8127, "InvalidAliasNameException", 400, Kind.DATA),
  INVALID_ARN(8128, "InvalidArnException", 400, Kind.DATA),
  INVALID_MARKER(8129, "InvalidMarkerException", 400, Kind.DATA),
  MALFORMED_POLICY(8130, "MalformedPolicyDocumentException", 400, Kind.DATA),
  TAG(8131, "TagException", 400, Kind.DATA),
  LIMIT_EXCEEDED(8132, "LimitExceededException", 400, Kind.DENIED),
  CONFLICT(8133, "ConflictException", 400, Kind.DENIED),
  DRY_RUN(8134, "DryRunOperationException", 412, Kind.DENIED),
  INVALID_GRANT_TOKEN(8135, "InvalidGrantTokenException", 400, Kind.DATA),
  INVALID_GRANT_ID(8136, "InvalidGrantIdException", 400, Kind.DATA),
  PACKED_POLICY_TOO_LARGE(8137, "PackedPolicyTooLargeException", 400, Kind.DATA),
  INVALID_IMPORT_TOKEN(8138, "InvalidImportTokenException", 400, Kind.DATA),
  EXPIRED_IMPORT_TOKEN(8139, "ExpiredImportTokenException", 400, Kind.DENIED),
  INCORRECT_KEY_MATERIAL(8140, "IncorrectKeyMaterialException", 400, Kind.DENIED),
  INVALID_MAC(8142, "KMSInvalidMacException", 400, Kind.DENIED),
  INVALID_SIGNATURE_OF_KEY(8143, "KMSInvalidSignatureException", 400, Kind.DENIED),
  THROTTLED(8141, "ThrottlingException", 400, Kind.UNREACHABLE),
  INVALID_TIME_RANGE(8151, "InvalidTimeRangeException", 400, Kind.DATA),
  INVALID_NEXT_TOKEN(8152, "InvalidNextTokenException", 400, Kind.DATA),
  INVALID_MAX_RESULTS(8153, "InvalidMaxResultsException", 400, Kind.DATA),
  INVALID_LOOKUP_ATTRIBUTES(8154, "InvalidLookupAttributesException", 400, Kind.DATA),
  TRAIL_NOT_FOUND(8155, "TrailNotFoundException", 400, Kind.DATA),
  NO_SUCH_BUCKET(8160, "NoSuchBucket", 404, Kind.DATA),
  NO_SUCH_KEY(8161, "NoSuchKey", 404, Kind.DATA),
  INVALID_ARGUMENT(8162, "InvalidArgument", 400, Kind.DATA),
  PRECONDITION_FAILED(8163, "PreconditionFailed", 412, Kind.DENIED),
  NOT_IMPLEMENTED(8164, "NotImplemented", 501, Kind.DATA),
  SLOW_DOWN(8165, "SlowDown", 503, Kind.UNREACHABLE),
  INVALID_RANGE(8166, "InvalidRange", 416, Kind.DATA),
  INTERNAL(8190, "KMSInternalException", 500, Kind.INTERNAL),
  NOT_RECORDED(8191, "KMSInternalException", 503, Kind.UNREACHABLE),
  SEALED(8192, "KeyManagerSealedException", 503, Kind.UNREACHABLE);

  private final int number;
  private final String type;
  private final int status;
  private final Kind kind;

  KmsErrorCode(int number, String type, int status, Kind kind) {
    this.number = number;
    this.type = type;
    this.status = status;
    this.kind = kind;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public Kind kind() {
    return kind;
  }

  /** The name that clients know it by. */
  public String type() {
    return type;
  }

  /** The HTTP status of the answer. */
  public int status() {
    return status;
  }
}
