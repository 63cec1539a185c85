package org.secretfs.keymanager.policy;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;
import org.secretfs.keymanager.json.StrictJson;
import org.secretfs.keymanager.policy.PolicyDocument.Kind;

/** Reads policy documents: what is not known is refused, never skipped. */
final class PolicyParser {
  private static final String CURRENT_VERSION = "2012-10-17";
  private static final Set<String> VERSIONS = Set.of(CURRENT_VERSION, "2008-10-17");
  private static final Set<String> MEMBERS = Set.of("Version", "Id", "Statement");
  private static final Set<String> STATEMENT_MEMBERS =
      Set.of(
          "Sid",
          "Effect",
          "Principal",
          "NotPrincipal",
          "Action",
          "NotAction",
          "Resource",
          "NotResource",
          "Condition");
  private static final Pattern ACTION =
      Pattern.compile("\\*|[A-Za-z0-9-]{1,32}:[A-Za-z0-9*?]{1,128}");
  private static final Pattern CONDITION_KEY =
      Pattern.compile("[A-Za-z0-9-]{1,32}:[^\\p{Cntrl}]{1,512}");
  private static final int MOST_STATEMENTS = 100;
  private static final int MOST_VALUES = 1000;
  private static final int MOST_CHARS = 2048;
  private static final int ARN_PARTS = 6;

  private final Kind kind;
  private final boolean variables;

  private PolicyParser(Kind kind, boolean variables) {
    this.kind = kind;
    this.variables = variables;
  }

  static PolicyDocument parse(String json, Kind kind) throws MalformedPolicy {
    byte[] bytes = json.getBytes(UTF_8);
    if (bytes.length > PolicyDocument.MOST_BYTES) {
      throw wrong(
          "the document",
          "has %d bytes, at most %d are allowed"
              .formatted(bytes.length, PolicyDocument.MOST_BYTES));
    }
    ObjectNode root =
        StrictJson.object(bytes)
            .orElseThrow(() -> wrong("the document", "is not one valid JSON object"));
    requireKnown(root, MEMBERS, "the document");
    String version = root.has("Version") ? text(root.get("Version"), "Version") : "2008-10-17";
    if (!VERSIONS.contains(version)) {
      throw wrong("Version", "is '%s', must be 2012-10-17".formatted(shown(version)));
    }
    if (root.has("Id")) {
      text(root.get("Id"), "Id");
    }
    return new PolicyParser(kind, version.equals(CURRENT_VERSION)).statements(root);
  }

  private PolicyDocument statements(ObjectNode root) throws MalformedPolicy {
    List<JsonNode> nodes = list(root.get("Statement"), "Statement");
    if (nodes.isEmpty() || nodes.size() > MOST_STATEMENTS) {
      throw wrong("Statement", "must be 1 to %d statements".formatted(MOST_STATEMENTS));
    }
    List<Statement> statements = new ArrayList<>();
    Set<String> sids = new HashSet<>();
    for (int i = 0; i < nodes.size(); i++) {
      String place = "Statement[%d]".formatted(i);
      if (!(nodes.get(i) instanceof ObjectNode node)) {
        throw wrong(place, "is not an object");
      }
      Statement statement = statement(node, place);
      if (node.has("Sid") && !statement.name().isEmpty() && !sids.add(statement.name())) {
        throw wrong(place, "has the Sid '%s' of another".formatted(shown(statement.name())));
      }
      statements.add(statement);
    }
    return new PolicyDocument(statements);
  }

  private Statement statement(ObjectNode node, String place) throws MalformedPolicy {
    requireKnown(node, STATEMENT_MEMBERS, place);
    String sid = node.has("Sid") ? text(node.get("Sid"), place + ".Sid") : "";
    Effect effect = effect(node.get("Effect"), place + ".Effect");
    return new Statement(
        sid.isEmpty() ? place : sid,
        effect,
        principals(node, effect, place),
        patterns(node, "Action", place, value -> ACTION.matcher(value).matches(), false),
        resources(node, place),
        conditions(node.get("Condition"), place + ".Condition"));
  }

  private static Effect effect(@Nullable JsonNode node, String place) throws MalformedPolicy {
    return switch (node == null ? "" : text(node, place)) {
      case "Allow" -> Effect.Allow;
      case "Deny" -> Effect.Deny;
      default -> throw wrong(place, "must be Allow or Deny");
    };
  }

  private Principals principals(ObjectNode node, Effect effect, String place)
      throws MalformedPolicy {
    boolean negated = node.has("NotPrincipal");
    if (kind == Kind.IDENTITY) {
      if (negated || node.has("Principal")) {
        throw wrong(place, "names a principal, which the policy of an identity must not");
      }
      return Principals.ATTACHED;
    }
    if (negated == node.has("Principal")) {
      throw wrong(place, "must have either Principal or NotPrincipal");
    }
    if (negated && effect == Effect.Allow) {
      throw wrong(place, "allows with NotPrincipal, which would allow everyone else");
    }
    String name = negated ? "NotPrincipal" : "Principal";
    return PrincipalParser.parse(node.get(name), negated, place + "." + name);
  }

  private Patterns resources(ObjectNode node, String place) throws MalformedPolicy {
    if (kind == Kind.TRUST) {
      if (node.has("Resource") || node.has("NotResource")) {
        throw wrong(place, "names a resource, which a trust policy must not");
      }
      return Patterns.ALL;
    }
    return patterns(node, "Resource", place, PolicyParser::isArnPattern, variables);
  }

  private static boolean isArnPattern(String value) {
    return value.equals("*")
        || (value.startsWith("arn:") && value.split(":", ARN_PARTS).length == ARN_PARTS);
  }

  private static Patterns patterns(
      ObjectNode node, String name, String place, Predicate<String> rule, boolean variables)
      throws MalformedPolicy {
    boolean negated = node.has("Not" + name);
    if (negated == node.has(name)) {
      throw wrong(place, "must have either %s or Not%s".formatted(name, name));
    }
    String member = negated ? "Not" + name : name;
    List<Template> templates = new ArrayList<>();
    for (String value : texts(node.get(member), place + "." + member)) {
      if (!rule.test(value)) {
        throw wrong(place + "." + member, "has '%s'".formatted(shown(value)));
      }
      templates.add(template(value, true, variables, place + "." + member));
    }
    return new Patterns(negated, templates);
  }

  private List<Condition> conditions(@Nullable JsonNode node, String place) throws MalformedPolicy {
    List<Condition> conditions = new ArrayList<>();
    if (node == null) {
      return conditions;
    }
    for (Map.Entry<String, JsonNode> block : members(node, place)) {
      Operator operator =
          Operator.named(block.getKey())
              .orElseThrow(
                  () -> wrong(place, "has no operator '%s'".formatted(shown(block.getKey()))));
      String inner = place + "." + block.getKey();
      for (Map.Entry<String, JsonNode> line : members(block.getValue(), inner)) {
        conditions.add(condition(operator, line.getKey(), line.getValue(), inner));
      }
    }
    return conditions;
  }

  private Condition condition(Operator operator, String key, JsonNode node, String place)
      throws MalformedPolicy {
    if (!CONDITION_KEY.matcher(key).matches()) {
      throw wrong(place, "has the key '%s'".formatted(shown(key)));
    }
    Comparison.Form form = operator.comparison().form();
    List<String> values = texts(node, place + "." + key);
    List<Template> templates = new ArrayList<>();
    for (String value : values) {
      if (!form.accepts(value)) {
        throw wrong(place + "." + key, "has '%s'".formatted(shown(value)));
      }
      if (form.hasVariables()) {
        templates.add(template(value, form == Comparison.Form.PATTERN, variables, place));
      }
    }
    return new Condition(operator, Facts.lower(key), values, templates);
  }

  private static Template template(String value, boolean wildcards, boolean variables, String place)
      throws MalformedPolicy {
    try {
      return Template.parse(value, wildcards, variables);
    } catch (IllegalArgumentException e) {
      throw wrong(place, "has a " + shown(String.valueOf(e.getMessage())));
    }
  }

  private static Set<Map.Entry<String, JsonNode>> members(JsonNode node, String place)
      throws MalformedPolicy {
    if (!node.isObject() || node.isEmpty()) {
      throw wrong(place, "is not an object with members");
    }
    return node.properties();
  }

  /** A text or a list of texts; numbers and truth values count as their text. */
  static List<String> texts(JsonNode node, String place) throws MalformedPolicy {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : list(node, place)) {
      texts.add(item.isNumber() || item.isBoolean() ? item.asText() : text(item, place));
    }
    if (texts.isEmpty()) {
      throw wrong(place, "has no value");
    }
    return texts;
  }

  private static List<JsonNode> list(@Nullable JsonNode node, String place) throws MalformedPolicy {
    if (node == null) {
      throw wrong(place, "is missing");
    }
    List<JsonNode> items = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(items::add);
    } else {
      items.add(node);
    }
    if (items.size() > MOST_VALUES) {
      throw wrong(place, "has more than %d values".formatted(MOST_VALUES));
    }
    return items;
  }

  private static String text(JsonNode node, String place) throws MalformedPolicy {
    if (!node.isTextual() || node.textValue().length() > MOST_CHARS) {
      throw wrong(place, "is not a text of at most %d characters".formatted(MOST_CHARS));
    }
    return node.textValue();
  }

  private static void requireKnown(ObjectNode node, Set<String> known, String place)
      throws MalformedPolicy {
    for (String name : (Iterable<String>) node::fieldNames) {
      if (!known.contains(name)) {
        throw wrong(place, "has the unknown element '%s'".formatted(shown(name)));
      }
    }
  }

  static String shown(String value) {
    String clean = value.replaceAll("\\p{Cntrl}", "?");
    return clean.length() <= 100 ? clean : clean.substring(0, 100) + "…";
  }

  static MalformedPolicy wrong(String place, String rule) {
    return new MalformedPolicy("policy: %s %s".formatted(shown(place), rule));
  }
}
