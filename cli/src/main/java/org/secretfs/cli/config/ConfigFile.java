package org.secretfs.cli.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads a YAML file of at most 256 KiB as nodes that know their lines; aliases are refused. */
public final class ConfigFile {
  static final int MAX_BYTES = 256 * 1024;

  private ConfigFile() {}

  /**
   * Returns the root of the document.
   *
   * @throws WrongConfiguration if the file is not one YAML document of allowed size
   * @throws CliException if the file is not there or not readable
   */
  public static ConfigNode read(Path file) throws CliException {
    return parse(file.toString(), content(file));
  }

  /** The directory that relative paths in a file start at. */
  static Path directoryOf(Path file) {
    return Objects.requireNonNull(
        file.toAbsolutePath().normalize().getParent(), "the root is no file");
  }

  private static byte[] content(Path file) throws CliException {
    try (var in = Files.newInputStream(file)) {
      return in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new CliException(
          CliError.CONFIGURATION_MISSING,
          "configuration file %s does not exist".formatted(file),
          e);
    } catch (IOException e) {
      throw new CliException(
          CliError.CONFIGURATION_MISSING,
          "configuration file %s cannot be read: %s".formatted(file, e),
          e);
    }
  }

  /** Returns the root of a document in memory; {@code name} stands in messages. */
  public static ConfigNode parse(String name, byte[] content) throws WrongConfiguration {
    if (content.length > MAX_BYTES) {
      throw new WrongConfiguration(
          "%s: is larger than %d bytes, the most a configuration may be"
              .formatted(name, MAX_BYTES));
    }
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(content)).toString();
      Optional<Node> root = new Compose(settings(name)).composeString(text);
      return new ConfigNode(
          name, "", root.orElseThrow(() -> new WrongConfiguration(name + ": is empty")));
    } catch (CharacterCodingException e) {
      throw new WrongConfiguration(name + ": is not UTF-8 text");
    } catch (MarkedYamlEngineException e) {
      String line = e.getProblemMark().map(m -> ":" + (m.getLine() + 1)).orElse("");
      throw new WrongConfiguration("%s%s: is not YAML: %s".formatted(name, line, e.getProblem()));
    } catch (YamlEngineException e) {
      throw new WrongConfiguration("%s: is not YAML: %s".formatted(name, e.getMessage()));
    }
  }

  private static LoadSettings settings(String name) {
    return LoadSettings.builder()
        .setLabel(name)
        .setAllowRecursiveKeys(false)
        .setMaxAliasesForCollections(0)
        .setCodePointLimit(MAX_BYTES)
        .setUseMarks(true)
        .build();
  }
}
