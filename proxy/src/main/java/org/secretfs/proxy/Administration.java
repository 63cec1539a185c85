package org.secretfs.proxy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.secretfs.failure.SecretfsException;
import org.secretfs.proxy.AdminRequest.Verb;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what comes over the admin socket. What changes the set of exports goes one at a time, and
 * may wait long for clients; taking a key away waits for none of that.
 */
final class Administration {
  private static final Logger LOG = LoggerFactory.getLogger(Administration.class);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ExportRegistry registry;
  private final ConfigSource source;

  /** The exports that come from the file; those added over the socket stay at a reload. */
  private final Set<String> fromFile = ConcurrentHashMap.newKeySet();

  private String settings;

  Administration(ExportRegistry registry, ConfigSource source, ProxyConfig config) {
    this.registry = registry;
    this.source = source;
    this.settings = config.settings();
  }

  /** Adds the exports of the configuration; one that cannot be opened keeps no other from it. */
  synchronized void start(List<ExportSpec> exports) {
    for (ExportSpec export : exports) {
      try {
        addFromFile(export);
      } catch (SecretfsException e) {
        LOG.atWarn().addKeyValue("export", export.name()).log("{}", e.getMessage());
      }
    }
  }

  private void addFromFile(ExportSpec export) throws SecretfsException {
    try {
      registry.add(export);
    } finally {
      if (registry.holds(export)) {
        fromFile.add(export.name());
      }
    }
  }

  ObjectNode handle(AdminRequest request) throws SecretfsException {
    if (request.command() != Verb.LIST) {
      LOG.atInfo()
          .addKeyValue("command", request.command().text())
          .addKeyValue("export", request.export().orElse(""))
          .log("admin request");
    }
    return switch (request.command()) {
      case LIST -> list();
      case ADD -> add(request.definition().orElseThrow());
      case RELOAD -> reload(request);
      case REMOVE -> remove(request);
      case DRAIN -> left(registry.drain(name(request), request.patience()), request);
      case SUSPEND -> {
        ManagedExport export = registry.find(name(request));
        export.suspend(SuspendReason.OPERATOR, Optional.empty());
        yield status(export);
      }
      case RESUME -> {
        ManagedExport export = registry.find(name(request));
        export.resume();
        yield status(export);
      }
      case CHECK_KEY -> {
        ManagedExport export = registry.find(name(request));
        registry.checkKey(name(request));
        yield status(export);
      }
    };
  }

  private static String name(AdminRequest request) {
    return request.export().orElseThrow();
  }

  private ObjectNode list() {
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode exports = answer.putArray("exports");
    registry.all().forEach(export -> exports.add(status(export)));
    return answer;
  }

  private static ObjectNode status(ManagedExport export) {
    ExportStatus status = export.status();
    ObjectNode json = JSON.createObjectNode();
    json.put("name", status.name());
    json.put("state", status.state().label());
    status
        .suspendedBecause()
        .ifPresent(reason -> json.put("reason", reason.name().toLowerCase(java.util.Locale.ROOT)));
    json.put("since", status.since().toString());
    json.put("backing", status.backing());
    json.put("read_only", status.readOnly());
    status.sizeBytes().ifPresent(size -> json.put("size_bytes", size));
    json.put("connections", status.connections());
    json.put("queue_depth", status.queueDepth());
    status.lastFailure().ifPresent(failure -> json.put("last_failure", failure));
    return json;
  }

  private synchronized ObjectNode add(String definition) throws SecretfsException {
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode added = answer.putArray("exports");
    List<ExportSpec> exports = source.exports(definition);
    try {
      for (ExportSpec export : exports) {
        registry.add(export);
        added.add(status(registry.find(export.name())));
      }
    } finally {
      closeUnused(exports);
    }
    return answer;
  }

  private void closeUnused(Collection<ExportSpec> exports) {
    for (ExportSpec export : exports) {
      if (!registry.holds(export)) {
        export.keySource().close();
      }
    }
  }

  private synchronized ObjectNode remove(AdminRequest request) throws ProxyException {
    boolean byThemselves = registry.remove(name(request), request.patience());
    fromFile.remove(name(request));
    return left(byThemselves, request);
  }

  private static ObjectNode left(boolean byThemselves, AdminRequest request) {
    return JSON.createObjectNode()
        .put("export", name(request))
        .put("clients_left_by_themselves", byThemselves);
  }

  /** Makes the exports what the file now says; those that did not change are not touched. */
  private synchronized ObjectNode reload(AdminRequest request) throws SecretfsException {
    ProxyConfig config = source.reread();
    Map<String, ExportSpec> wanted = new HashMap<>();
    config.exports().forEach(export -> wanted.put(export.name(), export));
    try {
      ObjectNode answer = replace(wanted, request);
      answer.put("restart_needed", !config.settings().equals(settings));
      return answer;
    } finally {
      closeUnused(wanted.values());
    }
  }

  private ObjectNode replace(Map<String, ExportSpec> wanted, AdminRequest request)
      throws ProxyException {
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode removed = answer.putArray("removed");
    for (String name : List.copyOf(fromFile)) {
      ExportSpec now = wanted.get(name);
      if (now == null || !now.definition().equals(definitionOf(name))) {
        boolean _ = registry.remove(name, request.patience());
        fromFile.remove(name);
        removed.add(name);
      }
    }
    addNew(wanted, answer);
    return answer;
  }

  private String definitionOf(String name) throws ProxyException {
    return registry.find(name).spec().definition();
  }

  private void addNew(Map<String, ExportSpec> wanted, ObjectNode answer) {
    ArrayNode added = answer.putArray("added");
    ArrayNode failed = answer.putArray("failed");
    for (ExportSpec export : wanted.values()) {
      if (fromFile.contains(export.name())) {
        continue;
      }
      try {
        addFromFile(export);
        added.add(export.name());
      } catch (SecretfsException e) {
        LOG.atWarn().addKeyValue("export", export.name()).log("{}", e.getMessage());
        failed.addObject().put("export", export.name()).put("message", e.getMessage());
      }
    }
  }
}
