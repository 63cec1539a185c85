package org.secretfs.keymanager.kms;

import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/** The ranges of the service model, with AWS's messages. */
final class Constraints {
  private Constraints() {}

  static void length(String member, String value, int least, int most) throws Refused {
    if (value.length() < least) {
      throw failed(value, member, "Member must have length greater than or equal to " + least);
    }
    if (value.length() > most) {
      throw failed(value, member, "Member must have length less than or equal to " + most);
    }
  }

  static void range(String member, int value, int least, int most) throws Refused {
    if (value < least) {
      throw failed(
          Integer.toString(value),
          member,
          "Member must have value greater than or equal to " + least);
    }
    if (value > most) {
      throw failed(
          Integer.toString(value), member, "Member must have value less than or equal to " + most);
    }
  }

  /** As {@link #length}; what is in a blob is not told. */
  static void blobLength(String member, int length, int least, int most) throws Refused {
    if (length < least || length > most) {
      throw new Refused(
          KmsErrorCode.VALIDATION,
          "1 validation error detected: Value at '%s' failed to satisfy constraint: Member must have length %s than or equal to %d"
              .formatted(
                  member, length < least ? "greater" : "less", length < least ? least : most));
    }
  }

  static void oneOf(String member, String value, List<String> values) throws Refused {
    if (!values.contains(value)) {
      throw failed(
          value,
          member,
          "Member must satisfy enum value set: [%s]".formatted(String.join(", ", values)));
    }
  }

  static Refused missing(String member) {
    return new Refused(
        KmsErrorCode.VALIDATION,
        "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null"
            .formatted(member));
  }

  static Refused failed(String value, String member, String rule) {
    return new Refused(
        KmsErrorCode.VALIDATION,
        "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s"
            .formatted(value, member, rule));
  }

  static Refused invalid(String message) {
    return new Refused(KmsErrorCode.VALIDATION, message);
  }
}
