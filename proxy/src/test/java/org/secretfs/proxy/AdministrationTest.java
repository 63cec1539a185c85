package org.secretfs.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.server.Export;
import org.secretfs.nbd.server.ServerConfig;
import org.secretfs.nbd.socket.Endpoint;
import org.secretfs.proxy.AdminRequest.Verb;

/** Changes to the set of exports while the proxy runs. */
class AdministrationTest {
  @TempDir Path directory;
  private final List<ExportSpec> file = new ArrayList<>();
  private ProxyAudit audit;
  private ExportRegistry registry;
  private Administration administration;

  /** A file and a socket's text that say what the test says. */
  private final class Said implements ConfigSource {
    @Override
    public ProxyConfig reread() {
      return config();
    }

    @Override
    public List<ExportSpec> exports(String name) {
      return List.of(spec(name));
    }
  }

  private ProxyConfig config() {
    return new ProxyConfig(
        ServerConfig.plain(new Endpoint.Unix(directory.resolve("s"))),
        directory.resolve("admin.sock"),
        Optional.empty(),
        directory,
        Optional.empty(),
        Duration.ZERO,
        file,
        "settings");
  }

  private static ExportSpec spec(String name) {
    return new TestExport().named(name);
  }

  @BeforeEach
  void start() throws ProxyException {
    audit = new ProxyAudit(directory.resolve("audit"), Clock.systemUTC(), "test");
    audit.open();
    TestExport.Memory backings =
        new TestExport.Memory().with("nbd://memory", new InMemoryBlockDevice(32 << 20));
    registry = new ExportRegistry(backings, audit, Clock.systemUTC(), Optional.empty(), name -> {});
    administration = new Administration(registry, new Said(), config());
  }

  @AfterEach
  void stop() throws ProxyException {
    registry.shutDown(Duration.ofSeconds(10));
    audit.close();
  }

  private ObjectNode ask(Verb verb, String export, Duration patience) throws Exception {
    Optional<String> name = verb == Verb.RELOAD ? Optional.empty() : Optional.of(export);
    return administration.handle(
        new AdminRequest(
            verb,
            verb == Verb.ADD ? Optional.empty() : name,
            verb == Verb.ADD ? name : Optional.empty(),
            patience));
  }

  private ObjectNode ask(Verb verb, String export) throws Exception {
    return ask(verb, export, Duration.ZERO);
  }

  private List<String> names() {
    return registry.all().stream().map(export -> export.spec().name()).toList();
  }

  @Test
  void reload_afterAnExportOfTheFileWasRemoved_addsItAgain() throws Exception {
    file.add(spec("a"));
    administration.start(file);
    ask(Verb.REMOVE, "a");
    file.set(0, spec("a"));

    ObjectNode answer = ask(Verb.RELOAD, "");

    assertThat(answer.path("added").path(0).asText()).isEqualTo("a");
    assertThat(names()).containsExactly("a");
  }

  @Test
  void reload_nameTakenOverTheSocket_leavesThatExport() throws Exception {
    ask(Verb.ADD, "a");
    ManagedExport added = registry.find("a");
    file.add(spec("a"));

    assertThat(ask(Verb.RELOAD, "").path("failed").path(0).path("export").asText()).isEqualTo("a");
    file.clear();
    assertThat(ask(Verb.RELOAD, "").path("removed")).isEmpty();

    assertThat(registry.find("a")).isSameAs(added);
  }

  @Test
  void add_nameTaken_isRefusedAndNotRecorded() throws Exception {
    ask(Verb.ADD, "a");

    assertThatThrownBy(() -> ask(Verb.ADD, "a")).hasMessageContaining("there already");

    List<String> recorded = new ArrayList<>();
    audit.close();
    var _ =
        org.secretfs.audit.AuditTrail.read(
            directory.resolve("audit"), entry -> recorded.add(entry.event().eventName()));
    audit.open();
    assertThat(recorded).containsOnlyOnce("AddExport");
  }

  @Test
  void suspend_whileAnotherExportDrains_doesNotWaitForThat() throws Exception {
    ask(Verb.ADD, "slow");
    ask(Verb.ADD, "other");
    Export client = registry.open("slow", TestExport.CLIENT);
    CompletableFuture<ObjectNode> removal = CompletableFuture.supplyAsync(this::removeSlow);
    while (registry.find("slow").state() != ExportState.DRAINING) {
      Thread.sleep(1);
    }

    ask(Verb.SUSPEND, "other");

    assertThat(removal).isNotDone();
    client.close();
    assertThat(removal.get(30, TimeUnit.SECONDS)).isNotNull();
  }

  private ObjectNode removeSlow() {
    try {
      return ask(Verb.REMOVE, "slow", Duration.ofSeconds(60));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
