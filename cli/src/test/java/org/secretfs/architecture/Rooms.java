package org.secretfs.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;

import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Which room may use which: arrows point inwards only. */
final class Rooms {
  /** For each room those that it may use besides itself. The command line may use all. */
  private static final Map<String, Set<String>> MAY_USE =
      new TreeMap<>(
          Map.ofEntries(
              entry("failure", Set.of()),
              entry("metrics", Set.of()),
              entry("crypto", Set.of("failure")),
              entry("luks", Set.of("failure", "crypto")),
              entry("block", Set.of("failure", "crypto", "luks")),
              entry("nbd", Set.of("failure", "crypto", "luks", "block")),
              entry("attach", Set.of("failure", "crypto", "luks", "block")),
              entry("audit", Set.of("failure")),
              entry("keys", Set.of("failure", "crypto", "audit")),
              entry("keymanager", Set.of("failure", "metrics", "crypto", "audit")),
              entry(
                  "agent", Set.of("failure", "crypto", "luks", "block", "attach", "audit", "keys")),
              entry(
                  "proxy",
                  Set.of(
                      "failure", "metrics", "crypto", "luks", "block", "nbd", "audit", "keys"))));

  /** For each room a planted class that uses a room it may not. */
  private static final Map<String, String> PLANTED =
      Map.ofEntries(
          entry("failure", "failure.UsesCrypto"),
          entry("metrics", "metrics.UsesCrypto"),
          entry("crypto", "crypto.UsesLuks"),
          entry("luks", "luks.UsesBlock"),
          entry("block", "block.UsesAttach"),
          entry("nbd", "nbd.UsesAttach"),
          entry("attach", "attach.UsesKeys"),
          entry("audit", "audit.UsesCrypto"),
          entry("keys", "keys.UsesLuks"),
          entry("keymanager", "keymanager.UsesBlock"),
          entry("agent", "agent.UsesKeymanager"),
          entry("proxy", "proxy.UsesAgent"));

  private final String root;

  Rooms(String root) {
    this.root = root;
  }

  List<Rule> rules() {
    List<Rule> rules = new ArrayList<>();
    MAY_USE.forEach((room, allowed) -> rules.add(new Rule(inward(room, allowed), planted(room))));
    rules.add(new Rule(cycles(), "cycle.left.Left"));
    return rules;
  }

  private static String planted(String room) {
    String planted = PLANTED.get(room);
    if (planted == null) {
      throw new IllegalStateException("nothing is planted for " + room);
    }
    return planted;
  }

  private ArchRule inward(String room, Set<String> allowed) {
    String[] forbidden =
        Stream.concat(MAY_USE.keySet().stream(), Stream.of("cli"))
            .filter(other -> !other.equals(room) && !allowed.contains(other))
            .map(other -> root + "." + other + "..")
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(root + "." + room + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden)
        .as(room + " uses no other rooms than " + allowed);
  }

  private ArchRule cycles() {
    return slices()
        .matching(root + ".(**)")
        .should()
        .beFreeOfCycles()
        .as("packages have no cycles");
  }
}
