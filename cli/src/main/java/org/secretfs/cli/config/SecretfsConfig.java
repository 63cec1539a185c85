package org.secretfs.cli.config;

import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.secretfs.agent.AgentAudit;
import org.secretfs.agent.StateFiles;
import org.secretfs.agent.VolumeSpec;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.failure.CliException.WrongConfiguration;

/**
 * What {@code secretfs.yaml} says.
 *
 * @param file where it was read from
 * @param files where the agent keeps its notes
 * @param audit the agent's own trail
 * @param auditTrails other trails that {@code audit list} shows, such as the key manager's
 * @param volumes by name, in the order of the file
 */
public record SecretfsConfig(
    Path file,
    StateFiles files,
    AgentAudit audit,
    List<Path> auditTrails,
    Map<String, VolumeSpec> volumes) {
  /** Where the configuration is looked for. */
  public static final Path DEFAULT_FILE = Path.of("/etc/secretfs/secretfs.yaml");

  /** Where the agent keeps its notes unless told otherwise. */
  public static final StateFiles DEFAULT_FILES =
      new StateFiles(Path.of("/var/lib/secretfs"), Path.of("/run/secretfs"));

  /** Reads the file; relative paths in it start at its directory. */
  public static SecretfsConfig read(Path file, Clock clock) throws CliException {
    return of(file, ConfigFile.read(file), clock);
  }

  static SecretfsConfig of(Path file, ConfigNode root, Clock clock) throws WrongConfiguration {
    Path base = ConfigFile.directoryOf(file);
    ConfigNode.Fields fields =
        root.fields("state_directory", "runtime_directory", "audit_trails", "volumes");
    StateFiles files =
        new StateFiles(
            fields.path("state_directory", base, DEFAULT_FILES.stateDirectory()),
            fields.path("runtime_directory", base, DEFAULT_FILES.runtimeDirectory()));
    AgentAudit audit = new AgentAudit(files.auditDirectory(), clock, Version.USER_AGENT);
    return new SecretfsConfig(
        file, files, audit, trails(base, fields), volumes(base, fields, audit));
  }

  private static List<Path> trails(Path base, ConfigNode.Fields fields) throws WrongConfiguration {
    List<Path> trails = new ArrayList<>();
    Optional<ConfigNode> node = fields.optional("audit_trails");
    if (node.isPresent()) {
      for (ConfigNode item : node.get().items()) {
        trails.add(item.path(base));
      }
    }
    return trails;
  }

  private static Map<String, VolumeSpec> volumes(
      Path base, ConfigNode.Fields fields, AgentAudit audit) throws WrongConfiguration {
    VolumeConfig reader = new VolumeConfig(base, audit);
    Map<String, VolumeSpec> volumes = new LinkedHashMap<>();
    for (Map.Entry<String, ConfigNode> entry : fields.required("volumes").entries().entrySet()) {
      volumes.put(entry.getKey(), reader.read(entry.getKey(), entry.getValue()));
    }
    return volumes;
  }

  /** The volumes of these names, or all where none is named. */
  public List<VolumeSpec> select(List<String> names) throws WrongConfiguration {
    List<VolumeSpec> selected = new ArrayList<>();
    for (String name : names) {
      VolumeSpec volume = volumes.get(name);
      if (volume == null) {
        throw new WrongConfiguration(
            "%s: has no volume '%s'%s"
                .formatted(file, name, Nearest.suggestion(name, volumes.keySet())));
      }
      selected.add(volume);
    }
    return names.isEmpty() ? List.copyOf(volumes.values()) : selected;
  }
}
