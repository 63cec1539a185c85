package org.secretfs.keymanager;

import java.util.List;
import java.util.Locale;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.sigv4.HttpMessage;

/** What a request must look like before anybody asks who signed it, and after. */
final class TransportRules {
  private static final List<String> AT_MOST_ONCE =
      List.of("content-length", "transfer-encoding", "host", "authorization", "x-amz-target");

  private TransportRules() {}

  /** Refuses what two readers of the same bytes could take for different requests. */
  static void check(HttpMessage message, int mostBodyBytes) throws Refused {
    for (String name : AT_MOST_ONCE) {
      if (message.all(name).size() > 1) {
        throw bad("Header '%s' is given twice.".formatted(name));
      }
    }
    checkLength(message.first("content-length").orElse("0"), mostBodyBytes);
    if (!message.all("content-length").isEmpty() && !message.all("transfer-encoding").isEmpty()) {
      throw bad("Content-Length and Transfer-Encoding must not both be given.");
    }
    if (!message.all("content-encoding").isEmpty()) {
      throw bad("Content-Encoding is not supported.");
    }
  }

  private static void checkLength(String length, int most) throws Refused {
    if (!length.matches("[0-9]{1,12}")) {
      throw bad("Content-Length is not a number.");
    }
    if (Long.parseLong(length) > most) {
      throw tooLarge(most);
    }
  }

  /** The refusal of a body that is too long. */
  static Refused tooLarge(int mostBodyBytes) {
    return new Refused(
        KmsErrorCode.REQUEST_TOO_LARGE, "A request has at most %d bytes.".formatted(mostBodyBytes));
  }

  /** Refuses what is no call of the API. */
  static void checkApi(HttpMessage message, String contentType) throws Refused {
    if (!message.method().equals("POST") || !message.rawPath().equals("/")) {
      throw new Refused(KmsErrorCode.UNKNOWN_OPERATION, "");
    }
    String type = message.first("content-type").orElse("").toLowerCase(Locale.ROOT);
    if (!type.split(";", 2)[0].strip().equals(contentType)) {
      throw new Refused(
          KmsErrorCode.SERIALIZATION, "Content-Type must be %s.".formatted(contentType));
    }
  }

  private static Refused bad(String message) {
    return new Refused(KmsErrorCode.BAD_REQUEST, message);
  }
}
