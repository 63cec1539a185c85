package org.secretfs.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.secretfs.cli.config.Nearest;
import picocli.CommandLine;

/**
 * What a word was meant to be that is no command or option here: one of ours under cryptsetup's
 * name, one that only cryptsetup has, or a slip of the finger.
 *
 * <p>Whoever follows advice in a hurry must not lose data: what destroys something is only named
 * where the word is a single edit away from it.
 */
final class MeantWord {
  private static final int SLIPS = 2;

  private static final Set<String> DESTRUCTIVE =
      Set.of(
          "format",
          "luksFormat",
          "erase",
          "luksErase",
          "kill-slot",
          "luksKillSlot",
          "remove-key",
          "luksRemoveKey",
          "header-restore",
          "luksHeaderRestore",
          "reencrypt",
          "convert",
          "--force",
          "--batch-mode",
          "--over-existing-data",
          "--format-over-existing-data",
          "--decrypt");

  private static final String MAPPING =
      "a volume of secretfs luks open has no kernel mapping of its own; ";
  private static final String OTHER_FORMAT =
      "secretfs knows LUKS1 and LUKS2 only; cryptsetup has it";

  /** Actions of cryptsetup that are not here, and what to use. */
  private static final Map<String, String> ONLY_CRYPTSETUP =
      Map.ofEntries(
          Map.entry("resize", MAPPING + "after the device grew: luks close, then luks open"),
          Map.entry("luksSuspend", MAPPING + "to take the key out of memory: luks close"),
          Map.entry("luksResume", MAPPING + "to use the volume again: luks open"),
          Map.entry("tcryptDump", OTHER_FORMAT),
          Map.entry("bitlkDump", OTHER_FORMAT),
          Map.entry("fvault2Dump", OTHER_FORMAT),
          Map.entry("plainOpen", OTHER_FORMAT),
          Map.entry("loopaesOpen", OTHER_FORMAT),
          Map.entry("tcryptOpen", OTHER_FORMAT),
          Map.entry("bitlkOpen", OTHER_FORMAT),
          Map.entry("fvault2Open", OTHER_FORMAT),
          Map.entry("create", OTHER_FORMAT),
          Map.entry("remove", "use luks close NAME"),
          Map.entry("luksDelKey", "use luks remove-key, or luks kill-slot for a number"));

  private MeantWord() {}

  /** What to say behind "has no command X": why, what to use, or what is near; maybe nothing. */
  static String advice(String word, CommandLine command) {
    String root = command.getCommandSpec().root().name();
    Optional<String> reason =
        ONLY_CRYPTSETUP.entrySet().stream()
            .filter(entry -> entry.getKey().equalsIgnoreCase(word))
            .map(Map.Entry::getValue)
            .findFirst();
    Map<String, CommandLine> here = command.getSubcommands();
    Map<String, CommandLine> luks = luksCommands(command);
    return reason
        .map(text -> ": " + text)
        .or(() -> same(word, luks).map(name -> ": use %s luks %s".formatted(root, name)))
        .or(() -> nearest(word, here.keySet()).map("; did you mean '%s'?"::formatted))
        .orElse("");
  }

  private static Map<String, CommandLine> luksCommands(CommandLine command) {
    CommandLine luks = command.getCommandSpec().root().subcommands().get("luks");
    return luks == null ? Map.of() : luks.getSubcommands();
  }

  /** Our name of a command that has the word for its name, or for cryptsetup's, in any case. */
  private static Optional<String> same(String word, Map<String, CommandLine> commands) {
    return commands.entrySet().stream()
        .filter(entry -> entry.getKey().equalsIgnoreCase(word))
        .map(entry -> entry.getValue().getCommandName())
        .findFirst();
  }

  /** The option that was meant, if one is near. */
  static Optional<String> option(String word, CommandLine command) {
    int end = word.indexOf('=');
    String name = end < 0 ? word : word.substring(0, end);
    return name.startsWith("--")
        ? nearest(
            name,
            command.getCommandSpec().options().stream()
                .filter(option -> !option.hidden())
                .flatMap(option -> Stream.of(option.names()))
                .filter(option -> option.startsWith("--"))
                .toList())
        : Optional.empty();
  }

  private static Optional<String> nearest(String word, Collection<String> known) {
    String small = word.toLowerCase(Locale.ROOT);
    return known.stream()
        .filter(name -> Nearest.distance(small, name.toLowerCase(Locale.ROOT)) <= slips(name))
        .min(
            Comparator.comparingInt(
                name -> Nearest.distance(small, name.toLowerCase(Locale.ROOT))));
  }

  private static int slips(String name) {
    return DESTRUCTIVE.contains(name) || name.length() <= SLIPS + 1 ? 1 : SLIPS;
  }
}
