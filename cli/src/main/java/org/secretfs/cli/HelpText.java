package org.secretfs.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * Makes paragraphs of the descriptions of commands, which are written in lines as the source has
 * them, so that a help text is broken once only. A list of commands shows the first paragraph of
 * each, so that the first sentence is one by itself.
 */
final class HelpText {
  private static final String SENTENCE_END = ". ";

  private HelpText() {}

  /** The help of a command, made when somebody asks for it; making it again changes nothing. */
  static Help of(CommandSpec command, Help.ColorScheme colors) {
    UsageMessageSpec usage = command.usageMessage();
    usage.description(firstSentenceApart(paragraphs(usage.description())));
    usage.footer(prose(usage.footer()));
    return new Help(command, colors);
  }

  private static String[] firstSentenceApart(List<String> paragraphs) {
    if (paragraphs.isEmpty() || !paragraphs.getFirst().contains(SENTENCE_END)) {
      return paragraphs.toArray(new String[0]);
    }
    String first = paragraphs.getFirst();
    int end = first.indexOf(SENTENCE_END) + 1;
    List<String> apart = new ArrayList<>(paragraphs);
    apart.set(0, first.substring(0, end));
    apart.add(1, first.substring(end + 1));
    return apart.toArray(new String[0]);
  }

  /** Lines up to an empty one are a paragraph; empty lines stay, and so do indented ones. */
  private static List<String> paragraphs(String... lines) {
    List<String> paragraphs = new ArrayList<>();
    boolean open = false;
    for (String line : lines) {
      boolean text = !line.isEmpty() && !line.startsWith(" ");
      if (text && open) {
        paragraphs.add(paragraphs.removeLast() + " " + line);
      } else {
        paragraphs.add(line);
      }
      open = text;
    }
    return paragraphs;
  }

  /** A footer of examples stays as it is. */
  private static String[] prose(String... lines) {
    boolean examples = Arrays.stream(lines).anyMatch(line -> line.startsWith("Example"));
    return examples ? lines : paragraphs(lines).toArray(new String[0]);
  }
}
