package org.secretfs.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditTrail;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.FaultyBlockDevice;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.testing.FixedKeySource;
import org.secretfs.nbd.protocol.NbdError;
import org.secretfs.nbd.protocol.NbdException;
import org.secretfs.nbd.server.ClientGoneException;
import org.secretfs.nbd.server.ExportRefusal;
import org.secretfs.nbd.server.ExportRefusedException;

class ManagedExportTest {
  private static final int SIZE = 32 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @TempDir Path directory;
  private final TestExport spec = new TestExport();
  private final FixedKeySource keys = FixedKeySource.empty();
  private final TestExport.Memory backings = new TestExport.Memory();
  private InMemoryBlockDevice backing = new InMemoryBlockDevice(SIZE);
  private ProxyAudit audit;

  @BeforeEach
  void start() throws ProxyException {
    spec.keys = keys;
    backings.with("nbd://memory", backing);
    audit = new ProxyAudit(directory.resolve("audit"), Clock.systemUTC(), "test");
    audit.open();
  }

  @AfterEach
  void stop() throws ProxyException {
    audit.close();
  }

  private ManagedExport export() {
    return new ManagedExport(spec.named("e"), backings, audit, Clock.systemUTC());
  }

  private static void write(BlockDevice device, byte value) throws IOException {
    byte[] bytes = new byte[4096];
    Arrays.fill(bytes, value);
    device.write(ByteBuffer.wrap(bytes), 8192);
  }

  private static byte read(BlockDevice device) throws IOException {
    byte[] bytes = new byte[4096];
    device.read(ByteBuffer.wrap(bytes), 8192);
    return bytes[100];
  }

  private static void assertRefused(BlockDevice device, NbdError error) {
    assertThatThrownBy(() -> read(device))
        .isInstanceOfSatisfying(
            NbdException.class, refused -> assertThat(refused.error()).isEqualTo(error));
  }

  private static void assertRefused(ManagedExport export, ExportRefusal refusal) {
    assertThatThrownBy(() -> export.admit(TestExport.CLIENT))
        .isInstanceOfSatisfying(
            ExportRefusedException.class,
            refused -> assertThat(refused.refusal()).isEqualTo(refusal));
  }

  private List<String> recorded() throws Exception {
    List<String> names = new ArrayList<>();
    AuditTrail.read(directory.resolve("audit"), entry -> names.add(entry.event().eventName()));
    return names;
  }

  @Test
  void admit_firstClient_makesTheVolumeOnce() throws Exception {
    ManagedExport export = export();
    assertThat(keys.calls()).as("opened lazily").isZero();
    try (ExportHold hold = export.admit(TestExport.CLIENT)) {
      write(hold.device(), (byte) 7);
    }
    export.remove(Duration.ZERO);

    try (ExportHold hold = export().admit(TestExport.CLIENT)) {
      assertThat(read(hold.device())).isEqualTo((byte) 7);
    }
  }

  @Test
  void admit_blankAndNotToBeMade_isRefusedAndUntouched() {
    spec.create = false;
    ManagedExport export = export();

    assertRefused(export, ExportRefusal.UNAVAILABLE);
    assertThat(export.status().lastFailure().orElseThrow()).contains("create: true");
    assertThat(isBlank(backing)).isTrue();
  }

  private static boolean isBlank(InMemoryBlockDevice device) {
    byte[] bytes = new byte[SIZE];
    device.read(ByteBuffer.wrap(bytes), 0);
    return Arrays.equals(bytes, new byte[SIZE]);
  }

  @Test
  void admit_foreignData_isRefusedAndUntouched() throws Exception {
    backing.write(ByteBuffer.wrap(new byte[] {1}), 12_345);
    ManagedExport export = export();

    assertRefused(export, ExportRefusal.UNAVAILABLE);
    assertThat(export.status().lastFailure().orElseThrow()).contains("data at byte 12345");
    byte[] first = new byte[4096];
    backing.read(ByteBuffer.wrap(first), 0);
    assertThat(first).containsOnly(0);
  }

  @Test
  void admit_keyDenied_isForbiddenAndTriedAgain() throws Exception {
    export().admit(TestExport.CLIENT).close();
    TestExport.Memory others = new TestExport.Memory().with("nbd://memory", backing);
    ManagedExport export = new ManagedExport(spec.named("e"), others, audit, Clock.systemUTC());
    keys.failWith(FixedKeySource.KEY_DISABLED);
    assertRefused(export, ExportRefusal.FORBIDDEN);

    keys.recover();
    try (ExportHold hold = export.admit(TestExport.CLIENT)) {
      assertThat(hold.device().sizeBytes()).isEqualTo(SIZE - (16L << 20));
    }
  }

  @Test
  void admit_backingOfAnotherExport_isRefused() throws Exception {
    ManagedExport first = export();
    first.admit(TestExport.CLIENT);

    assertRefused(export(), ExportRefusal.UNAVAILABLE);
    first.remove(Duration.ZERO);
    export().admit(TestExport.CLIENT).close();
  }

  @Test
  void suspend_onSuspendFail_failsRequestsUntilResumed() throws Exception {
    spec.onSuspend = ExportSpec.OnSuspend.FAIL;
    ManagedExport export = export();
    ExportHold hold = export.admit(TestExport.CLIENT);
    write(hold.device(), (byte) 1);

    export.suspend(SuspendReason.OPERATOR, Optional.empty());
    assertRefused(hold.device(), NbdError.EPERM);
    assertRefused(export, ExportRefusal.FORBIDDEN);

    export.resume();
    assertThat(read(hold.device())).isEqualTo((byte) 1);
    assertThat(recorded()).containsSubsequence("OpenExport", "SuspendExport", "ResumeExport");
  }

  @Test
  void suspend_onSuspendWait_holdsRequestsUntilResumed() throws Exception {
    ManagedExport export = export();
    ExportHold hold = export.admit(TestExport.CLIENT);
    write(hold.device(), (byte) 1);
    export.suspend(SuspendReason.OPERATOR, Optional.empty());

    CompletableFuture<Byte> waiting =
        CompletableFuture.supplyAsync(() -> {
          try {
            return read(hold.device());
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
    assertThat(waiting).isNotCompleted();
    export.resume();

    assertThat(waiting.get(30, TimeUnit.SECONDS)).isEqualTo((byte) 1);
  }

  @Test
  void suspend_cannotBeRecorded_happensNevertheless() throws Exception {
    ManagedExport export = export();
    export.admit(TestExport.CLIENT);
    audit.close();

    export.suspend(SuspendReason.OPERATOR, Optional.empty());

    assertThat(export.state()).isEqualTo(ExportState.SUSPENDED);
    assertThatThrownBy(export::resume).isInstanceOf(ProxyException.class);
    assertThat(export.state())
        .as("what cannot be recorded is not opened")
        .isEqualTo(ExportState.SUSPENDED);
    audit.open();
  }

  @Test
  void resume_headerReplaced_staysSuspended() throws Exception {
    ManagedExport export = export();
    export.admit(TestExport.CLIENT);
    export.suspend(SuspendReason.KEY_WITHDRAWN, Optional.empty());
    InMemoryBlockDevice other = new InMemoryBlockDevice(SIZE);
    TestExport.Memory place = new TestExport.Memory().with("nbd://memory", other);
    new ManagedExport(spec.named("e"), place, audit, Clock.systemUTC()).admit(TestExport.CLIENT);
    backings.with("nbd://memory", other);

    assertThatThrownBy(export::resume)
        .isInstanceOfSatisfying(
            SecretfsException.class,
            e -> assertThat(e.code()).isEqualTo(ProxyError.HEADER_REPLACED));
    assertThat(export.state()).isEqualTo(ExportState.SUSPENDED);
  }

  @Test
  void check_keyDisabledAndEnabledAgain_suspendsAndResumes() throws Exception {
    ManagedExport export = export();
    ExportHold hold = export.admit(TestExport.CLIENT);
    write(hold.device(), (byte) 3);
    keys.failWith(FixedKeySource.KEY_DISABLED);
    KeyWatch.once(export);
    assertThat(export.status().suspendedBecause()).contains(SuspendReason.KEY_WITHDRAWN);

    keys.failWith(FixedKeySource.UNREACHABLE);
    KeyWatch.once(export);
    assertThat(export.state()).isEqualTo(ExportState.SUSPENDED);

    keys.recover();
    KeyWatch.once(export);
    assertThat(export.state()).isEqualTo(ExportState.OPEN);
    assertThat(read(hold.device())).isEqualTo((byte) 3);
  }

  @Test
  void check_operatorSuspended_isNotResumedByTheKey() throws Exception {
    ManagedExport export = export();
    export.admit(TestExport.CLIENT);
    export.suspend(SuspendReason.OPERATOR, Optional.empty());

    KeyWatch.once(export);

    assertThat(export.state()).isEqualTo(ExportState.SUSPENDED);
  }

  /**
   * Through the whole loop: an outage shorter than the grace changes nothing, a longer one does.
   */
  @Test
  void watch_outage_suspendsWhenTheGraceIsOver() throws Exception {
    spec.check = new KeyCheckSpec(Duration.ofMillis(20), 20, Duration.ofMillis(400));
    ManagedExport export = export();
    export.admit(TestExport.CLIENT);
    long begin = System.nanoTime();
    keys.failWith(FixedKeySource.UNREACHABLE);
    try (KeyWatch _ = KeyWatch.start(export).orElseThrow()) {
      await(export, ExportState.SUSPENDED);
      assertThat(System.nanoTime() - begin).isGreaterThan(400_000_000L);
      assertThat(export.status().suspendedBecause())
          .contains(SuspendReason.KEY_SOURCE_OUT_OF_REACH);
      keys.recover();
      await(export, ExportState.OPEN);
    }
  }

  @Test
  void look_outageAfterAnOperatorsSuspension_hasTheWholeGraceAgain() throws Exception {
    spec.check = new KeyCheckSpec(Duration.ofHours(1), 0, Duration.ofMillis(200));
    ManagedExport export = export();
    export.admit(TestExport.CLIENT);
    try (KeyWatch watch = KeyWatch.start(export).orElseThrow()) {
      keys.failWith(FixedKeySource.UNREACHABLE);
      watch.look();
      keys.recover();
      export.suspend(SuspendReason.OPERATOR, Optional.empty());
      watch.look();
      Thread.sleep(250);
      export.resume();
      keys.failWith(FixedKeySource.UNREACHABLE);

      watch.look();

      assertThat(export.state()).isEqualTo(ExportState.OPEN);
    }
  }

  private static void await(ManagedExport export, ExportState state) throws InterruptedException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (export.state() != state && System.nanoTime() < deadline) {
      Thread.sleep(5);
    }
    assertThat(export.state()).isEqualTo(state);
  }

  @Test
  void drain_clientsLeft_areWaitedForThenRefused() throws Exception {
    ManagedExport export = export();
    ExportHold hold = export.admit(TestExport.CLIENT);
    CompletableFuture<Boolean> drained =
        CompletableFuture.supplyAsync(() -> export.drain(PATIENCE));
    await(export, ExportState.DRAINING);
    write(hold.device(), (byte) 9);
    assertRefused(export, ExportRefusal.SHUTDOWN);
    hold.close();
    assertThat(drained.get(30, TimeUnit.SECONDS)).isTrue();

    export.resume();
    try (ExportHold again = export.admit(TestExport.CLIENT)) {
      assertThat(read(again.device())).isEqualTo((byte) 9);
    }
  }

  @Test
  void remove_clientsStay_areToldOfTheShutdown() throws Exception {
    ManagedExport export = export();
    ExportHold hold = export.admit(TestExport.CLIENT);

    assertThat(export.remove(Duration.ZERO)).isFalse();

    assertRefused(hold.device(), NbdError.ESHUTDOWN);
    assertRefused(export, ExportRefusal.SHUTDOWN);
  }

  @Test
  void suspend_flushFails_isToldAtEveryFlushUntilTheClientsAreGone() throws Exception {
    FaultyBlockDevice faulty = new FaultyBlockDevice(new byte[SIZE]);
    backings.with("nbd://memory", faulty);
    ManagedExport export = export();
    ExportHold hold = export.admit(TestExport.CLIENT);
    write(hold.device(), (byte) 1);
    faulty.failAfter(0);
    export.suspend(SuspendReason.OPERATOR, Optional.empty());
    faulty.failAfter(Long.MAX_VALUE);
    export.resume();

    try (ExportHold other = export.admit(TestExport.CLIENT)) {
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(hold.device()::flush).hasMessageContaining("earlier flush failed");
        assertThatThrownBy(other.device()::flush).hasMessageContaining("earlier flush failed");
      }
      hold.close();
      assertThatThrownBy(other.device()::flush).hasMessageContaining("earlier flush failed");
    }
    try (ExportHold afresh = export.admit(TestExport.CLIENT)) {
      afresh.device().flush();
      assertThat(read(afresh.device())).isEqualTo((byte) 1);
    }
  }

  /** The backing tells of lost writes once, as a disk does. */
  @Test
  void flush_failsOnOneConnection_failsOnAllThatMayHaveWritten() throws Exception {
    FaultyBlockDevice faulty = new FaultyBlockDevice(new byte[SIZE]);
    backings.with("nbd://memory", faulty);
    ManagedExport export = export();
    ExportHold first = export.admit(TestExport.CLIENT);
    ExportHold second = export.admit(TestExport.CLIENT);
    write(first.device(), (byte) 1);
    write(second.device(), (byte) 2);
    faulty.failAfter(0);
    assertThatThrownBy(second.device()::flush).isInstanceOf(IOException.class);
    faulty.failAfter(Long.MAX_VALUE);

    assertThatThrownBy(first.device()::flush).hasMessageContaining("earlier flush failed");
    first.close();
    second.close();
    assertThat(export.state()).isEqualTo(ExportState.CLOSED);
    try (ExportHold afresh = export.admit(TestExport.CLIENT)) {
      afresh.device().flush();
    }
    assertThat(recorded()).containsSubsequence("OpenExport", "CloseExport", "OpenExport");
  }

  @Test
  void write_clientLeavesWhileSuspended_isNotDoneAtResume() throws Exception {
    ManagedExport export = export();
    ExportHold hold = export.admit(TestExport.CLIENT);
    write(hold.device(), (byte) 1);
    export.suspend(SuspendReason.OPERATOR, Optional.empty());
    AtomicBoolean there = new AtomicBoolean(true);
    CompletableFuture<Object> ghost =
        CompletableFuture.supplyAsync(() -> {
          try {
            write(hold.device(there::get), (byte) 9);
            return "written";
          } catch (IOException e) {
            return e;
          }
        });
    there.set(false);

    assertThat(ghost.get(30, TimeUnit.SECONDS)).isInstanceOf(ClientGoneException.class);
    export.resume();
    assertThat(read(hold.device())).isEqualTo((byte) 1);
  }

  @Test
  void write_readOnly_isRefused() throws Exception {
    export().admit(TestExport.CLIENT).close();
    spec.readOnly = true;
    spec.create = false;
    TestExport.Memory others = new TestExport.Memory().with("nbd://memory", backing);
    ManagedExport export = new ManagedExport(spec.named("e"), others, audit, Clock.systemUTC());
    try (ExportHold hold = export.admit(TestExport.CLIENT)) {
      assertThat(hold.isReadOnly()).isTrue();
      assertThatThrownBy(() -> write(hold.device(), (byte) 1))
          .isInstanceOfSatisfying(
              NbdException.class, e -> assertThat(e.error()).isEqualTo(NbdError.EPERM));
    }
  }

  @Test
  void admit_detachedHeader_leavesTheWholeBackingToData() throws Exception {
    spec.header = Optional.of(new BackingSpec.NbdBacking(java.net.URI.create("nbd://header")));
    backings.with("nbd://header", new InMemoryBlockDevice(16 << 20));
    try (ExportHold hold = export().admit(TestExport.CLIENT)) {
      assertThat(hold.device().sizeBytes()).isEqualTo(SIZE);
      write(hold.device(), (byte) 5);
    }
    byte[] stored = new byte[4096];
    backing.read(ByteBuffer.wrap(stored), 8192);
    assertThat(stored).isNotEqualTo(new byte[4096]);
    assertThat(stored[100])
        .satisfiesAnyOf(
            b -> assertThat(b).isNotEqualTo((byte) 5),
            b -> assertThat(stored[101]).isNotEqualTo((byte) 5));
  }
}
