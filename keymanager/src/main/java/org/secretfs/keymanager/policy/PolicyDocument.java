package org.secretfs.keymanager.policy;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;

/** A policy, read and checked. Immutable; may be kept and used by several threads. */
public final class PolicyDocument {
  /** The longest document, in bytes. */
  public static final int MOST_BYTES = 32 << 10;

  private final List<Statement> statements;
  private final Set<String> keys;

  PolicyDocument(List<Statement> statements) {
    this.statements = List.copyOf(statements);
    Set<String> named = new TreeSet<>();
    for (Statement statement : statements) {
      statement.actions().addKeysTo(named);
      statement.resources().addKeysTo(named);
      statement.conditions().forEach(condition -> condition.addKeysTo(named));
    }
    this.keys = Set.copyOf(named);
  }

  /** Where a policy is, and so what its statements have. */
  public enum Kind {
    /** Of a key: statements name principals; the resource is the key. */
    KEY,
    /** Of a user, role or session: statements name no principals. */
    IDENTITY,
    /** Of a role, saying who may assume it: statements name principals and no resource. */
    TRUST
  }

  /**
   * Reads a document.
   *
   * @param json at most {@link #MOST_BYTES} bytes of UTF-8
   * @throws MalformedPolicy if it breaks a rule; says where and which
   * @spec https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html IAM JSON
   *     policy grammar
   */
  public static PolicyDocument parse(String json, Kind kind) throws MalformedPolicy {
    return PolicyParser.parse(json, kind);
  }

  List<Statement> statements() {
    return statements;
  }

  /**
   * Whether a condition or a variable asks for a key that begins so.
   *
   * @param prefix in lower case
   */
  public boolean asksFor(String prefix) {
    return keys.stream().anyMatch(key -> key.startsWith(prefix));
  }

  /** The first statement of an effect that concerns the question in one of these relations. */
  Optional<Statement> first(Question question, Effect effect, Principals.Relation... relations) {
    List<Principals.Relation> wanted = List.of(relations);
    return statements.stream()
        .filter(statement -> statement.effect() == effect)
        .filter(statement -> wanted.contains(statement.relation(question)))
        .findFirst();
  }
}
