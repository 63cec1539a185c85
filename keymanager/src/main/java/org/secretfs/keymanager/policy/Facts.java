package org.secretfs.keymanager.policy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What conditions ask about: values by the name of a condition key, whose case does not matter. A
 * key that is absent differs from one without values. Not for several threads while it is filled.
 */
public final class Facts {
  private final Map<String, List<String>> values = new HashMap<>();

  /** Adds a value; a key may have several. */
  public Facts add(String key, String value) {
    values.computeIfAbsent(lower(key), absent -> new ArrayList<>(1)).add(value);
    return this;
  }

  /** Sets the only value of a key, whatever was there. */
  public Facts set(String key, String value) {
    values.put(lower(key), new ArrayList<>(List.of(value)));
    return this;
  }

  /** Adds values, perhaps none; the key is present then. */
  public Facts addAll(String key, Collection<String> all) {
    values.computeIfAbsent(lower(key), absent -> new ArrayList<>()).addAll(all);
    return this;
  }

  /** Adds all that another has. */
  public Facts addAll(Facts other) {
    other.values.forEach(this::addAll);
    return this;
  }

  /** Whether the key is there. */
  boolean has(String key) {
    return values.containsKey(lower(key));
  }

  /** The values of a key; empty if it is absent. */
  List<String> get(String key) {
    return values.getOrDefault(lower(key), List.of());
  }

  static String lower(String key) {
    return key.toLowerCase(Locale.ROOT);
  }
}
