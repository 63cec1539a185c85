package org.secretfs.keymanager.sigv4;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.sigv4.HttpMessage.Field;

/**
 * What a request says about its own signature; nothing of it is checked yet.
 *
 * @param scope what the signature is said to be good for
 * @param dateTime when it was made, as in {@code 20261121T080000Z}
 * @param lifetimeSeconds how long it holds; empty for the form in a header
 * @param signedHeaders what it covers
 * @param signature 64 hexadecimal digits
 * @param query the parameters that it covers
 */
record Claim(
    Scope scope,
    String dateTime,
    Optional<String> lifetimeSeconds,
    List<String> signedHeaders,
    String signature,
    List<Field> query) {

  /** Reads the form in the Authorization header, or in the query. */
  static Claim of(HttpMessage message) throws Refused {
    List<Field> query = CanonicalRequest.parameters(message.rawQuery());
    List<String> authorization = message.all("authorization");
    boolean inQuery = query.stream().anyMatch(field -> field.name().equals("X-Amz-Signature"));
    if (authorization.isEmpty() && !inQuery) {
      throw new Refused(KmsErrorCode.MISSING_AUTHENTICATION_TOKEN, "Missing Authentication Token");
    }
    if (authorization.size() > 1 || (inQuery && !authorization.isEmpty())) {
      throw incomplete("Request must be signed once.");
    }
    return inQuery ? inQuery(query) : inHeader(message, authorization.getFirst(), query);
  }

  private static Claim inHeader(HttpMessage message, String authorization, List<Field> query)
      throws Refused {
    String[] parts = authorization.strip().split("[ \\t]+", 2);
    if (!parts[0].equals(Signature.ALGORITHM) || parts.length < 2) {
      throw incomplete("Unsupported AWS 'algorithm': '%s'.".formatted(parts[0]));
    }
    Map<String, String> values = values(parts[1]);
    return new Claim(
        Scope.parse(required(values, "Credential", "Authorization header")),
        single(message, "x-amz-date"),
        Optional.empty(),
        headerNames(required(values, "SignedHeaders", "Authorization header")),
        required(values, "Signature", "Authorization header"),
        query);
  }

  private static Map<String, String> values(String text) throws Refused {
    Map<String, String> values = new LinkedHashMap<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? "" : part.substring(0, equals).strip();
      if (name.isEmpty() || values.put(name, part.substring(equals + 1).strip()) != null) {
        throw incomplete(
            "'%s' not a valid key=value pair (missing equal-sign) in Authorization header."
                .formatted(part.strip()));
      }
    }
    return values;
  }

  private static Claim inQuery(List<Field> query) throws Refused {
    Map<String, String> values = new LinkedHashMap<>();
    List<Field> covered = new ArrayList<>();
    for (Field field : query) {
      if (values.put(field.name(), field.value()) != null) {
        throw incomplete("Query-string parameter '%s' is given twice.".formatted(field.name()));
      }
      if (!field.name().equals("X-Amz-Signature")) {
        covered.add(field);
      }
    }
    String where = "AWS query-string parameters";
    String algorithm = required(values, "X-Amz-Algorithm", where);
    if (!algorithm.equals(Signature.ALGORITHM)) {
      throw incomplete("Unsupported AWS 'algorithm': '%s'.".formatted(algorithm));
    }
    return new Claim(
        Scope.parse(required(values, "X-Amz-Credential", where)),
        required(values, "X-Amz-Date", where),
        Optional.of(required(values, "X-Amz-Expires", where)),
        headerNames(required(values, "X-Amz-SignedHeaders", where)),
        required(values, "X-Amz-Signature", where),
        covered);
  }

  private static String required(Map<String, String> values, String name, String where)
      throws Refused {
    String value = values.get(name);
    if (value == null || value.isEmpty()) {
      throw incomplete("%s requires '%s' parameter.".formatted(where, name));
    }
    return value;
  }

  private static String single(HttpMessage message, String header) throws Refused {
    List<String> values = message.all(header);
    if (values.size() != 1) {
      throw incomplete(
          "Authorization header requires existence of exactly one 'X-Amz-Date' header.");
    }
    return values.getFirst();
  }

  private static List<String> headerNames(String text) throws Refused {
    List<String> names = List.of(text.split(";", -1));
    if (!names.equals(names.stream().sorted().distinct().toList())) {
      throw incomplete("SignedHeaders must be sorted, and each named once.");
    }
    return names;
  }

  private static Refused incomplete(String message) {
    return new Refused(KmsErrorCode.INCOMPLETE_SIGNATURE, message);
  }
}
