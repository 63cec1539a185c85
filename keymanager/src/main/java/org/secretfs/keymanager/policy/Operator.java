package org.secretfs.keymanager.policy;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A condition operator.
 *
 * @param comparison how single values are compared
 * @param negated whether it holds where the comparison does not
 * @param ifExists whether it holds where the key is absent
 * @param quantifier for how many values of the request it must hold
 */
record Operator(Comparison comparison, boolean negated, boolean ifExists, Quantifier quantifier) {

  /** For how many values of a key that has several. */
  enum Quantifier {
    /** Says nothing; such a key has one value as a rule. */
    ONE(""),
    ALL("ForAllValues:"),
    ANY("ForAnyValue:");

    private final String prefix;

    Quantifier(String prefix) {
      this.prefix = prefix;
    }
  }

  private static final String IF_EXISTS = "IfExists";

  private static final Map<String, Operator> NAMED = named();

  /** The operator of this name, exact in case; empty if there is none. */
  static Optional<Operator> named(String name) {
    return Optional.ofNullable(NAMED.get(name));
  }

  private static Map<String, Operator> named() {
    Map<String, Operator> all = new HashMap<>();
    add(all, "StringEquals", "StringNotEquals", Comparison.STRING_EQUALS);
    add(
        all,
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        Comparison.STRING_EQUALS_IGNORE_CASE);
    add(all, "StringLike", "StringNotLike", Comparison.STRING_LIKE);
    add(all, "ArnEquals", "ArnNotEquals", Comparison.ARN_LIKE);
    add(all, "ArnLike", "ArnNotLike", Comparison.ARN_LIKE);
    add(all, "NumericEquals", "NumericNotEquals", Comparison.NUMERIC_EQUALS);
    add(all, "NumericLessThan", "", Comparison.NUMERIC_LESS_THAN);
    add(all, "NumericLessThanEquals", "", Comparison.NUMERIC_LESS_THAN_EQUALS);
    add(all, "NumericGreaterThan", "", Comparison.NUMERIC_GREATER_THAN);
    add(all, "NumericGreaterThanEquals", "", Comparison.NUMERIC_GREATER_THAN_EQUALS);
    add(all, "DateEquals", "DateNotEquals", Comparison.DATE_EQUALS);
    add(all, "DateLessThan", "", Comparison.DATE_LESS_THAN);
    add(all, "DateLessThanEquals", "", Comparison.DATE_LESS_THAN_EQUALS);
    add(all, "DateGreaterThan", "", Comparison.DATE_GREATER_THAN);
    add(all, "DateGreaterThanEquals", "", Comparison.DATE_GREATER_THAN_EQUALS);
    add(all, "Bool", "", Comparison.BOOL);
    add(all, "BinaryEquals", "", Comparison.BINARY_EQUALS);
    add(all, "IpAddress", "NotIpAddress", Comparison.IP_ADDRESS);
    all.put("Null", new Operator(Comparison.NULL, false, false, Quantifier.ONE));
    return Map.copyOf(all);
  }

  private static void add(
      Map<String, Operator> all, String name, String negatedName, Comparison comparison) {
    addForms(all, name, comparison, false);
    if (!negatedName.isEmpty()) {
      addForms(all, negatedName, comparison, true);
    }
  }

  private static void addForms(
      Map<String, Operator> all, String name, Comparison comparison, boolean negated) {
    for (Quantifier quantifier : Quantifier.values()) {
      String prefixed = quantifier.prefix + name;
      all.put(prefixed, new Operator(comparison, negated, false, quantifier));
      all.put(prefixed + IF_EXISTS, new Operator(comparison, negated, true, quantifier));
    }
  }
}
