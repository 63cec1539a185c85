package org.secretfs.cli.output;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * What a command line names: the device, the file with its header, a backup and a volume's name.
 * Puts them into messages that do not have them, and into advice, whose commands can then be pasted
 * into a shell.
 */
public record Place(
    Optional<String> device,
    Optional<String> header,
    Optional<String> backup,
    Optional<String> name) {
  /** Nothing is known. */
  public static final Place NONE =
      new Place(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\b(DEVICE|NAME|--header-backup-file FILE)(?!\\w)");
  private static final Pattern PLAIN = Pattern.compile("[\\w./:=@%+,][\\w./:=@%+,-]*");

  /** What the words of a command name by our names for them. */
  public static Place of(ParseResult parsed) {
    ParseResult leaf = parsed;
    while (leaf.hasSubcommand()) {
      leaf = leaf.subcommand();
    }
    return new Place(
        positional(leaf, "DEVICE").map(Place::absolute),
        option(leaf, "--header").map(Place::absolute),
        option(leaf, "--header-backup-file").map(Place::absolute),
        positional(leaf, "NAME"));
  }

  private static Optional<String> positional(ParseResult parsed, String label) {
    return parsed.matchedPositionals().stream()
        .filter(argument -> argument.paramLabel().equals(label))
        .flatMap(argument -> argument.stringValues().stream())
        .findFirst();
  }

  private static Optional<String> option(ParseResult parsed, String option) {
    @Nullable OptionSpec matched = parsed.matchedOption(option);
    return Optional.ofNullable(matched)
        .map(ArgSpec::stringValues)
        .flatMap(all -> all.stream().findFirst());
  }

  private static String absolute(String path) {
    return Path.of(path).toAbsolutePath().normalize().toString();
  }

  /** A message about the volume, which names where that is if it did not. */
  String told(String message) {
    if (device.isEmpty() || message.contains(device.get())) {
      return message;
    }
    if (header.isEmpty()) {
      return device.get() + ": " + message;
    }
    return message.contains(header.get())
        ? message
        : "%s, header of %s: %s".formatted(header.get(), device.get(), message);
  }

  /** Advice with what is known in the places of what it leaves open. */
  String filled(String advice) {
    return PLACEHOLDER
        .matcher(advice)
        .replaceAll(match -> Matcher.quoteReplacement(value(match.group(1))));
  }

  private String value(String placeholder) {
    return switch (placeholder) {
      case "DEVICE" -> device.map(this::deviceWords).orElse(placeholder);
      case "NAME" -> name.map(Place::quoted).orElse(placeholder);
      default -> backup.map(file -> "--header-backup-file " + quoted(file)).orElse(placeholder);
    };
  }

  private String deviceWords(String path) {
    return header.map(file -> "--header %s ".formatted(quoted(file))).orElse("") + quoted(path);
  }

  /** One word for a shell. */
  public static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
