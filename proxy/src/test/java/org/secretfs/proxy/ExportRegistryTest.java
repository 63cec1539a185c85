package org.secretfs.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.server.ClientIdentity;
import org.secretfs.nbd.server.ClientIdentity.CertificateIdentity;
import org.secretfs.nbd.server.Export;
import org.secretfs.nbd.server.ExportRefusal;
import org.secretfs.nbd.server.ExportRefusedException;
import org.secretfs.nbd.socket.PeerCredentials;

class ExportRegistryTest {
  private static final String SPIFFE = "spiffe://example.org/db";

  @TempDir Path directory;
  private final List<String> cutOff = new ArrayList<>();
  private final TestExport spec = new TestExport();
  private ProxyAudit audit;
  private ExportRegistry registry;

  @BeforeEach
  void start() throws ProxyException {
    audit = new ProxyAudit(directory.resolve("audit"), Clock.systemUTC(), "test");
    audit.open();
    TestExport.Memory backings =
        new TestExport.Memory().with("nbd://memory", new InMemoryBlockDevice(32 << 20));
    registry =
        new ExportRegistry(backings, audit, Clock.systemUTC(), Optional.of("e"), cutOff::add);
  }

  @AfterEach
  void stop() throws ProxyException {
    registry.shutDown(Duration.ofSeconds(10));
    audit.close();
  }

  private static ClientIdentity certified(String subject, String... uris) {
    return new ClientIdentity(
        "peer",
        Optional.empty(),
        true,
        Optional.of(new CertificateIdentity(subject, List.of(uris))));
  }

  private void assertRefused(ClientIdentity client, ExportRefusal refusal) {
    assertThatThrownBy(() -> registry.open("e", client))
        .isInstanceOfSatisfying(
            ExportRefusedException.class,
            refused -> assertThat(refused.refusal()).isEqualTo(refusal));
  }

  @Test
  void open_emptyName_isTheDefaultExport() throws Exception {
    registry.add(spec.named("e"));

    try (Export export = registry.open("", TestExport.CLIENT)) {
      assertThat(export.name()).isEqualTo("e");
    }
  }

  @Test
  void open_certificate_matchesSubjectOrItsOneSpiffeId() throws Exception {
    spec.clients = new AllowedClients(false, Set.of("CN=db1"), Set.of(SPIFFE), Set.of());
    registry.add(spec.named("e"));

    registry.open("e", certified("CN=db1")).close();
    registry.open("e", certified("CN=other", SPIFFE)).close();
    assertRefused(certified("CN=other"), ExportRefusal.UNKNOWN);
    assertRefused(certified("CN=other", SPIFFE, "spiffe://example.org/x"), ExportRefusal.UNKNOWN);
    assertRefused(TestExport.CLIENT, ExportRefusal.TLS_REQUIRED);
    assertThat(registry.list(certified("CN=other"))).isEmpty();
    assertThat(registry.list(certified("CN=db1"))).hasSize(1);
    assertThat(registry.find("e").metrics().refusals()).isEqualTo(3);
  }

  @Test
  void open_userOfUnixSocket_matchesUid() throws Exception {
    spec.clients = new AllowedClients(false, Set.of(), Set.of(), Set.of(1000L));
    registry.add(spec.named("e"));
    ClientIdentity allowed =
        new ClientIdentity(
            "unix", Optional.of(new PeerCredentials(1, 1000, 1000)), false, Optional.empty());
    ClientIdentity root =
        new ClientIdentity(
            "unix", Optional.of(new PeerCredentials(1, 0, 0)), false, Optional.empty());

    registry.open("e", allowed).close();
    assertRefused(root, ExportRefusal.UNKNOWN);
  }

  @Test
  void add_nameTaken_isRefused() throws Exception {
    registry.add(spec.named("e"));

    assertThatThrownBy(() -> registry.add(spec.named("e")))
        .isInstanceOfSatisfying(
            ProxyException.class, e -> assertThat(e.code()).isEqualTo(ProxyError.EXPORT_EXISTS));
  }

  @Test
  void remove_export_isUnknownAfterwardsAndItsClientsCutOff() throws Exception {
    registry.add(spec.named("e"));

    assertThat(registry.remove("e", Duration.ZERO)).isTrue();

    assertRefused(TestExport.CLIENT, ExportRefusal.UNKNOWN);
    assertThat(cutOff).containsExactly("e");
  }

  @Test
  void text_metrics_countPerExportAndCommand() throws Exception {
    registry.add(spec.named("e"));
    ExportHold hold = (ExportHold) registry.open("e", TestExport.CLIENT);
    ProxyMetrics metrics = new ProxyMetrics();
    ServerEvents events = new ServerEvents(metrics);
    events.started(hold, org.secretfs.nbd.protocol.Command.READ);
    events.finished(hold, org.secretfs.nbd.protocol.Command.READ, 4096, 30_000, null);

    assertThat(metrics.text(registry.all()).lines())
        .contains(
            "secretfs_proxy_connections{export=\"e\"} 1",
            "secretfs_proxy_read_bytes_total{export=\"e\"} 4096",
            "secretfs_proxy_queue_depth{export=\"e\"} 0",
            "secretfs_proxy_export_state{export=\"e\",state=\"open\"} 1",
            "secretfs_proxy_request_seconds_bucket{export=\"e\",command=\"read\",le=\"5.0E-5\"} 1",
            "secretfs_proxy_request_seconds_count{export=\"e\",command=\"read\"} 1");
    hold.close();
  }
}
