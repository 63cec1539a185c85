package org.secretfs.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

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
          Map.of(
              "failure", Set.of(),
              "crypto", Set.of("failure"),
              "luks", Set.of("failure", "crypto"),
              "block", Set.of("failure", "crypto", "luks"),
              "nbd", Set.of("failure", "crypto", "luks", "block"),
              "attach", Set.of("failure", "crypto", "luks", "block"),
              "audit", Set.of("failure"),
              "keys", Set.of("failure", "crypto", "audit"),
              "keymanager", Set.of("failure", "crypto", "audit"),
              "agent", Set.of("failure", "crypto", "luks", "block", "attach", "audit", "keys")));

  /** For each room a planted class that uses a room it may not. */
  private static final Map<String, String> PLANTED =
      Map.of(
          "failure", "failure.UsesCrypto",
          "crypto", "crypto.UsesLuks",
          "luks", "luks.UsesBlock",
          "block", "block.UsesAttach",
          "nbd", "nbd.UsesAttach",
          "attach", "attach.UsesKeys",
          "audit", "audit.UsesCrypto",
          "keys", "keys.UsesLuks",
          "keymanager", "keymanager.UsesBlock",
          "agent", "agent.UsesKeymanager");

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
