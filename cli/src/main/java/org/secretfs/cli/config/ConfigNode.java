package org.secretfs.cli.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * One value of a configuration file, which knows where it stands. Every accessor refuses a value of
 * another shape with file, line and the rule.
 */
public final class ConfigNode {
  private final String file;
  private final String path;
  private final Node node;

  ConfigNode(String file, String path, Node node) {
    this.file = file;
    this.path = path;
    this.node = node;
  }

  /** The names and values of a mapping in the order of the file; names may not repeat. */
  public Map<String, ConfigNode> entries() throws WrongConfiguration {
    if (!(node instanceof MappingNode mapping)) {
      throw wrong("must be a mapping of names to values");
    }
    Map<String, ConfigNode> entries = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      ConfigNode key = new ConfigNode(file, path, tuple.getKeyNode());
      String name = key.text();
      String childPath = path.isEmpty() ? name : path + "." + name;
      if (entries.put(name, new ConfigNode(file, childPath, tuple.getValueNode())) != null) {
        throw key.wrong("'%s' stands here twice".formatted(name));
      }
    }
    return entries;
  }

  /** A mapping whose names must all be among {@code known}; others are refused with the nearest. */
  public Fields fields(String... known) throws WrongConfiguration {
    Map<String, ConfigNode> entries = entries();
    for (Map.Entry<String, ConfigNode> entry : entries.entrySet()) {
      if (!List.of(known).contains(entry.getKey())) {
        throw entry
            .getValue()
            .wrong("is not a known name" + Nearest.suggestion(entry.getKey(), List.of(known)));
      }
    }
    return new Fields(entries);
  }

  /** The text of a scalar; an empty or null value is refused. */
  public String text() throws WrongConfiguration {
    if (!(node instanceof ScalarNode scalar) || scalar.getValue().isEmpty()) {
      throw wrong("must be a single non-empty value");
    }
    return scalar.getValue();
  }

  /** Whether it is a single value. */
  public boolean isText() {
    return node instanceof ScalarNode;
  }

  /** Whether it is a sequence. */
  public boolean isList() {
    return node instanceof SequenceNode;
  }

  /** A path; a relative one starts at {@code base}. */
  public Path path(Path base) throws WrongConfiguration {
    try {
      return base.resolve(text()).normalize();
    } catch (InvalidPathException e) {
      throw wrong("is no path: " + e.getReason());
    }
  }

  /** One of the given words; another is refused with the nearest. */
  public String oneOf(String... words) throws WrongConfiguration {
    String text = text();
    if (!List.of(words).contains(text)) {
      throw wrong(
          "is '%s' but must be one of %s"
                  .formatted(text, String.join(", ", new TreeSet<>(List.of(words))))
              + Nearest.suggestion(text, List.of(words)));
    }
    return text;
  }

  /** {@code true} or {@code false}. */
  public boolean flag() throws WrongConfiguration {
    return oneOf("true", "false").equals("true");
  }

  /** The items of a sequence. */
  public List<ConfigNode> items() throws WrongConfiguration {
    if (!(node instanceof SequenceNode sequence)) {
      throw wrong("must be a list");
    }
    List<ConfigNode> items = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      items.add(new ConfigNode(file, "%s[%d]".formatted(path, items.size()), item));
    }
    return items;
  }

  /** A mapping of names to texts. */
  public Map<String, String> texts() throws WrongConfiguration {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, ConfigNode> entry : entries().entrySet()) {
      texts.put(entry.getKey(), entry.getValue().text());
    }
    return texts;
  }

  /**
   * The value with its names sorted, so that equal configurations have equal texts; not meant to be
   * read back.
   */
  public String canonical() throws WrongConfiguration {
    return switch (node) {
      case MappingNode _ -> {
        StringBuilder text = new StringBuilder("{");
        for (Map.Entry<String, ConfigNode> entry : new TreeMap<>(entries()).entrySet()) {
          text.append(quoted(entry.getKey())).append(':').append(entry.getValue().canonical());
          text.append(',');
        }
        yield text.append('}').toString();
      }
      case SequenceNode _ -> {
        StringBuilder text = new StringBuilder("[");
        for (ConfigNode item : items()) {
          text.append(item.canonical()).append(',');
        }
        yield text.append(']').toString();
      }
      case ScalarNode scalar -> quoted(scalar.getValue());
      default -> throw wrong("must be a mapping, a list or a single value");
    };
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** Makes the exception for a rule that this value breaks. */
  public WrongConfiguration wrong(String rule) {
    String where = node.getStartMark().map(m -> ":" + (m.getLine() + 1)).orElse("");
    String what = path.isEmpty() ? "the file" : "'" + path + "'";
    return new WrongConfiguration("%s%s: %s %s".formatted(file, where, what, rule));
  }

  /** The values of a mapping whose names were checked. */
  public final class Fields {
    private final Map<String, ConfigNode> entries;

    private Fields(Map<String, ConfigNode> entries) {
      this.entries = entries;
    }

    /** The value of a name that must be there. */
    public ConfigNode required(String name) throws WrongConfiguration {
      ConfigNode value = entries.get(name);
      if (value == null) {
        throw wrong("lacks '%s'".formatted(name));
      }
      return value;
    }

    /** The value of a name that may be absent. */
    public Optional<ConfigNode> optional(String name) {
      return Optional.ofNullable(entries.get(name));
    }

    /** The text of a name, or a default. */
    public String text(String name, String otherwise) throws WrongConfiguration {
      ConfigNode value = entries.get(name);
      return value == null ? otherwise : value.text();
    }

    /** The path of a name, or a default; a relative one starts at {@code base}. */
    public Path path(String name, Path base, Path otherwise) throws WrongConfiguration {
      ConfigNode value = entries.get(name);
      return value == null ? otherwise : value.path(base);
    }

    /** Which of several alternatives is there: exactly one must be. */
    public String exactlyOne(String... names) throws WrongConfiguration {
      List<String> present = List.of(names).stream().filter(entries::containsKey).toList();
      if (present.size() != 1) {
        throw wrong("must have exactly one of %s".formatted(String.join(", ", names)));
      }
      return present.getFirst();
    }
  }
}
