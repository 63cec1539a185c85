package org.secretfs.keymanager.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;

/** Reads who a statement is about: {@code *}, or ARNs and accounts below {@code AWS}. */
final class PrincipalParser {
  private static final Pattern ACCOUNT = Pattern.compile("(?:arn:aws:iam::)?([0-9]{12})(?::root)?");

  /** Kinds of principals that exist elsewhere; naming one is allowed and matches nobody here. */
  private static final Set<String> ELSEWHERE = Set.of("Service", "Federated", "CanonicalUser");

  private PrincipalParser() {}

  static Principals parse(JsonNode node, boolean negated, String place) throws MalformedPolicy {
    if (node.isTextual() && node.textValue().equals("*")) {
      return new Principals(negated, true, List.of(), List.of());
    }
    if (!node.isObject() || node.isEmpty()) {
      throw PolicyParser.wrong(place, "must be \"*\" or an object");
    }
    Found found = new Found();
    for (Map.Entry<String, JsonNode> kind : node.properties()) {
      List<String> values = PolicyParser.texts(kind.getValue(), place + "." + kind.getKey());
      if (kind.getKey().equals("AWS")) {
        for (String value : values) {
          found.add(value, place + ".AWS");
        }
      } else if (!ELSEWHERE.contains(kind.getKey())) {
        throw PolicyParser.wrong(
            place, "has the unknown kind '%s'".formatted(PolicyParser.shown(kind.getKey())));
      }
    }
    return new Principals(negated, found.everyone, found.arns, found.accounts);
  }

  private static final class Found {
    private boolean everyone;
    private final List<String> arns = new ArrayList<>();
    private final List<String> accounts = new ArrayList<>();

    void add(String value, String place) throws MalformedPolicy {
      Matcher account = ACCOUNT.matcher(value);
      if (value.equals("*")) {
        everyone = true;
      } else if (account.matches() && value.startsWith("arn:") == value.endsWith(":root")) {
        accounts.add(account.group(1));
      } else if (Subject.parse(value).isPresent()) {
        arns.add(value);
      } else {
        throw PolicyParser.wrong(
            place, "has the principal '%s'".formatted(PolicyParser.shown(value)));
      }
    }
  }
}
