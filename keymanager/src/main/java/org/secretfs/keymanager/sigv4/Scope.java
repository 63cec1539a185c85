package org.secretfs.keymanager.sigv4;

import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/**
 * What a signature is good for: the {@code Credential} of a request.
 *
 * @param accessKeyId whose key signed
 * @param date the day, as in {@code 20261121}
 * @param region as in {@code us-east-1}
 * @param service as in {@code kms}
 * @param terminator {@code aws4_request}
 */
record Scope(String accessKeyId, String date, String region, String service, String terminator) {
  static final String TERMINATOR = "aws4_request";

  static Scope parse(String credential) throws Refused {
    String[] parts = credential.split("/", -1);
    if (parts.length != 5) {
      throw new Refused(
          KmsErrorCode.INCOMPLETE_SIGNATURE,
          "Credential must have exactly 5 slash-delimited elements, e.g."
              + " keyid/date/region/service/term, got '%s'".formatted(credential));
    }
    return new Scope(parts[0], parts[1], parts[2], parts[3], parts[4]);
  }

  void require(String wantedRegion, String wantedService) throws Refused {
    if (!region.equals(wantedRegion)) {
      throw invalid("Credential should be scoped to a valid region, not '%s'. ".formatted(region));
    }
    if (!service.equals(wantedService)) {
      throw invalid(
          "Credential should be scoped to correct service: '%s'. ".formatted(wantedService));
    }
    if (!terminator.equals(TERMINATOR)) {
      throw invalid(
          "Credential should be scoped with a valid terminator: 'aws4_request', not '%s'. "
              .formatted(terminator));
    }
  }

  private static Refused invalid(String message) {
    return new Refused(KmsErrorCode.INVALID_SIGNATURE, message);
  }

  /** All but whose key it is. */
  String text() {
    return String.join("/", date, region, service, terminator);
  }
}
