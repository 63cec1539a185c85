package org.secretfs.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditLogTest {
  @TempDir private Path temporary;

  private Path directory() {
    return temporary.resolve("audit");
  }

  private AuditLog open() throws Exception {
    return AuditLog.open(directory(), Clock.systemUTC());
  }

  private List<Long> numbers() throws IOException {
    List<Long> numbers = new ArrayList<>();
    Verification all = AuditTrail.read(directory(), e -> numbers.add(Events.number(e.event())));
    assertThat(all.firstBreak()).isEmpty();
    return numbers;
  }

  private Path lastFile() throws IOException {
    return Segments.list(directory()).getLast();
  }

  @Test
  void append_thenReopened_continuesTheChain() throws Exception {
    Verification.Head first;
    try (AuditLog log = open()) {
      first = log.append(Events.numbered(1));
      assertThat(log.head()).isEqualTo(first);
    }
    try (AuditLog log = open()) {
      assertThat(log.head()).isEqualTo(first);
      assertThat(log.append(Events.numbered(2)).sequence()).isEqualTo(2);
    }
    assertThat(numbers()).containsExactly(1L, 2L);
  }

  @Test
  void append_manyThreads_everyRecordIsThereOnceInOrder() throws Exception {
    Set<Long> sequences = ConcurrentHashMap.newKeySet();
    try (AuditLog log = AuditLog.open(directory(), Clock.systemUTC(), 20_000);
        var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        int number = i;
        all.add(
            executor.submit(() -> sequences.add(log.append(Events.numbered(number)).sequence())));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertThat(sequences).hasSize(500);
    assertThat(numbers()).hasSize(500).doesNotHaveDuplicates();
  }

  @Test
  void open_manySegments_continues() throws Exception {
    for (int run = 0; run < 5; run++) {
      try (AuditLog log = AuditLog.open(directory(), Clock.systemUTC(), 1)) {
        log.append(Events.numbered(2L * run));
        log.append(Events.numbered(2L * run + 1));
      }
    }
    assertThat(numbers()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
  }

  @Test
  void open_secondWriter_isRefused() throws Exception {
    try (AuditLog log = open()) {
      assertThatThrownBy(this::open).isInstanceOf(AuditException.Locked.class);
      log.append(Events.numbered(1));
    }
  }

  @Test
  void open_filesAndDirectory_areTheOwnersAlone() throws Exception {
    try (AuditLog log = open()) {
      log.append(Events.numbered(1));
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory())))
        .isEqualTo("rwx------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lastFile())))
        .isEqualTo("rw-------");
  }

  @Test
  void open_tornTail_isCutKeptAsideAndNoted() throws Exception {
    try (AuditLog log = open()) {
      log.append(Events.numbered(1));
    }
    byte[] torn = "{\"seq\":2,\"prev\":\"ab".getBytes(StandardCharsets.US_ASCII);
    Files.write(lastFile(), torn, StandardOpenOption.APPEND);
    try (AuditLog log = open()) {
      log.append(Events.numbered(3));
    }
    List<String> names = new ArrayList<>();
    Verification all = AuditTrail.read(directory(), e -> names.add(e.event().eventName()));
    assertThat(all.firstBreak()).isEmpty();
    assertThat(names).containsExactly("Decrypt", "CutTornTail", "Decrypt");
    try (var files = Files.list(directory())) {
      Path aside = files.filter(f -> f.toString().endsWith(".torn")).findFirst().orElseThrow();
      assertThat(Files.readAllBytes(aside)).isEqualTo(torn);
    }
  }

  @Test
  void open_tornAtEveryByteOfTheLastLine_keepsAllBefore() throws Exception {
    try (AuditLog log = open()) {
      log.append(Events.numbered(1));
      log.append(Events.numbered(2));
    }
    byte[] whole = Files.readAllBytes(lastFile());
    Path file = lastFile();
    int firstLine = new String(whole, StandardCharsets.UTF_8).indexOf('\n') + 1;
    for (int length = firstLine; length < whole.length; length += 37) {
      Files.write(file, Arrays.copyOf(whole, length));
      open().close();
      assertThat(AuditTrail.verify(directory()).firstBreak()).isEmpty();
      assertThat(numbers().getFirst()).isEqualTo(1L);
    }
  }

  @Test
  void open_zeroesAfterPowerLoss_areCut() throws Exception {
    try (AuditLog log = open()) {
      log.append(Events.numbered(1));
    }
    Files.write(lastFile(), new byte[5000], StandardOpenOption.APPEND);
    open().close();
    assertThat(numbers()).containsExactly(1L, -1L);
  }

  @Test
  void open_brokenInside_isRefusedAndNothingChanged() throws Exception {
    try (AuditLog log = open()) {
      log.append(Events.numbered(1));
      log.append(Events.numbered(2));
    }
    byte[] bytes = Files.readAllBytes(lastFile());
    bytes[300] ^= 1;
    Files.write(lastFile(), bytes);
    assertThatThrownBy(this::open)
        .isInstanceOf(AuditException.BrokenChain.class)
        .hasMessageContaining("line 1");
    assertThat(Files.readAllBytes(lastFile())).isEqualTo(bytes);
  }

  @Test
  void append_diskFull_failsForAllUntilReopened() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.isWritable(full), "/dev/full is not there");
    try (AuditLog log = open()) {
      log.append(Events.numbered(1));
    }
    GroupCommit commit =
        GroupCommit.start(
            new SegmentWriter(directory(), full, Long.MAX_VALUE),
            AuditTrail.verify(directory()).head());
    assertThatThrownBy(() -> commit.append(Events.numbered(2).toJson()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be written");
    assertThat(commit.isHealthy()).isFalse();
    assertThatThrownBy(() -> commit.append(Events.numbered(3).toJson()))
        .isInstanceOf(IOException.class);
    commit.close();
  }

  @Test
  void append_closed_fails() throws Exception {
    AuditLog log = open();
    log.close();
    assertThatThrownBy(() -> log.append(Events.numbered(1))).isInstanceOf(IOException.class);
  }

  @Test
  void append_interruptedThread_leavesTheLogHealthy() throws Exception {
    try (AuditLog log = open()) {
      Thread.currentThread().interrupt();
      log.append(Events.numbered(1));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(log.isHealthy()).isTrue();
    }
  }
}
