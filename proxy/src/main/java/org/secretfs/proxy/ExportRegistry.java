package org.secretfs.proxy;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.nbd.server.ClientIdentity;
import org.secretfs.nbd.server.Export;
import org.secretfs.nbd.server.ExportCatalog;
import org.secretfs.nbd.server.ExportRefusal;
import org.secretfs.nbd.server.ExportRefusedException;
import org.secretfs.proxy.ProxyAudit.Event;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The exports that there are, and who may use which. Safe for use by many threads. */
final class ExportRegistry implements ExportCatalog {
  private static final Logger LOG = LoggerFactory.getLogger(ExportRegistry.class);

  private final Backings backings;
  private final ProxyAudit audit;
  private final Clock clock;
  private final Optional<String> defaultExport;
  private final Consumer<String> cutOff;
  private final Map<String, Watched> exports = new ConcurrentSkipListMap<>();

  private record Watched(ManagedExport export, Optional<KeyWatch> watch) {}

  /**
   * @param cutOff ends the connections that still hold the export of a name
   */
  ExportRegistry(
      Backings backings,
      ProxyAudit audit,
      Clock clock,
      Optional<String> defaultExport,
      Consumer<String> cutOff) {
    this.cutOff = cutOff;
    this.backings = backings;
    this.audit = audit;
    this.clock = clock;
    this.defaultExport = defaultExport;
  }

  /**
   * Adds an export, and opens it if it is to be open from the start.
   *
   * @throws ProxyException if there is one of this name, or it cannot be recorded; the key source
   *     of {@code spec} stays the caller's
   * @throws SecretfsException if it is to be open and cannot be; it is there nevertheless, and
   *     tried again when a client comes
   */
  void add(ExportSpec spec) throws SecretfsException {
    ManagedExport export = new ManagedExport(spec, backings, audit, clock);
    synchronized (this) {
      if (exports.containsKey(spec.name())) {
        throw new ProxyException(
            ProxyError.EXPORT_EXISTS, "export %s is there already".formatted(spec.name()));
      }
      audit.record(Event.ADD, spec, "");
      exports.put(spec.name(), new Watched(export, KeyWatch.start(export)));
    }
    if (spec.openAtStart()) {
      export.open();
    }
  }

  /** Whether it is this very export that is there under its name: an equal one is another's. */
  @SuppressWarnings("ReferenceEquality")
  boolean holds(ExportSpec spec) {
    Watched found = exports.get(spec.name());
    return found != null && found.export().spec() == spec;
  }

  ManagedExport find(String name) throws ProxyException {
    Watched found = exports.get(name);
    if (found == null) {
      throw new ProxyException(
          ProxyError.EXPORT_UNKNOWN, "there is no export '%s'".formatted(name));
    }
    return found.export();
  }

  /** Drains an export and forgets it; returns whether its clients left by themselves. */
  boolean remove(String name, Duration patience) throws ProxyException {
    ManagedExport export = find(name);
    boolean left = export.remove(patience);
    cutOff.accept(name);
    Watched removed = exports.remove(name);
    if (removed != null) {
      removed.watch().ifPresent(KeyWatch::close);
      audit.record(Event.REMOVE, export.spec(), "");
    }
    return left;
  }

  /** Closes an export, which takes clients again when it is resumed; as {@link #remove}. */
  boolean drain(String name, Duration patience) throws ProxyException {
    boolean left = find(name).drain(patience);
    cutOff.accept(name);
    return left;
  }

  /** Asks the export's key source now, and draws the consequences. */
  void checkKey(String name) throws ProxyException {
    KeyWatch.once(find(name));
  }

  /** All exports in the order of their names. */
  Collection<ManagedExport> all() {
    return exports.values().stream().map(Watched::export).toList();
  }

  /** Lets requests under way end, flushes, and closes everything; new requests are refused. */
  void shutDown(Duration patience) {
    Collection<ManagedExport> open = all();
    open.forEach(ManagedExport::refuseRequests);
    List<Thread> removals = new ArrayList<>();
    for (ManagedExport export : open) {
      // Virtual threads would wait for one another: a flush may block in the kernel.
      removals.add(Thread.ofPlatform().daemon().start(() -> removeQuietly(export.spec().name())));
    }
    long deadline = System.nanoTime() + patience.toNanos();
    for (Thread removal : removals) {
      try {
        boolean _ = removal.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void removeQuietly(String name) {
    try {
      boolean _ = remove(name, Duration.ZERO);
    } catch (ProxyException e) {
      LOG.warn("export {} could not be closed in order", name, e);
    }
  }

  @Override
  public List<Entry> list(ClientIdentity client) {
    return all().stream()
        .filter(export -> export.spec().clients().allows(client))
        .map(export -> new Entry(export.spec().name(), export.state().label()))
        .toList();
  }

  @Override
  public Export open(String name, ClientIdentity client) throws ExportRefusedException {
    Watched found = exports.get(name.isEmpty() ? defaultExport.orElse("") : name);
    if (found == null) {
      throw new ExportRefusedException(ExportRefusal.UNKNOWN, "no such export");
    }
    requireAllowed(found.export(), client);
    return found.export().admit(client);
  }

  private void requireAllowed(ManagedExport export, ClientIdentity client)
      throws ExportRefusedException {
    ExportSpec spec = export.spec();
    if (spec.clients().allows(client)) {
      return;
    }
    export.metrics().refused();
    LOG.atWarn()
        .addKeyValue("export", spec.name())
        .addKeyValue("client", Clients.label(client))
        .log("client is not among the export's clients");
    try {
      audit.refusedClient(spec, client);
    } catch (ProxyException e) {
      LOG.atError().addKeyValue("export", spec.name()).log("{}", e.getMessage());
    }
    boolean mayTryTls = !client.tls() && spec.clients().needCertificate();
    throw new ExportRefusedException(
        mayTryTls ? ExportRefusal.TLS_REQUIRED : ExportRefusal.UNKNOWN, "no such export");
  }
}
