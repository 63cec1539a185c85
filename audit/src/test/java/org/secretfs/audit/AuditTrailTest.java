package org.secretfs.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a reader finds after somebody touched the log. */
class AuditTrailTest {
  private static final int RECORDS = 9;

  @TempDir private Path directory;

  @BeforeEach
  void write() throws Exception {
    try (AuditLog log = AuditLog.open(directory, Clock.systemUTC(), 3000)) {
      for (int i = 0; i < RECORDS; i++) {
        log.append(Events.numbered(i));
      }
    }
    assertThat(Segments.list(directory)).hasSizeGreaterThan(1);
  }

  private Path first() throws IOException {
    return Segments.list(directory).getFirst();
  }

  private void rewrite(Path file, UnaryOperator<List<String>> change) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    Files.write(file, change.apply(lines));
  }

  private Verification.Break found() throws IOException {
    return AuditTrail.verify(directory).firstBreak().orElseThrow();
  }

  @Test
  void verify_untouched_isIntact() throws Exception {
    Verification all = AuditTrail.verify(directory);
    assertThat(all.isIntact()).isTrue();
    assertThat(all.count()).isEqualTo(RECORDS);
    assertThat(all.tornBytes()).isZero();
  }

  @Test
  void verify_editedLine_isFoundThere() throws Exception {
    rewrite(
        first(),
        lines -> {
          lines.set(1, lines.get(1).replace("tester", "nobody"));
          return lines;
        });
    assertThat(found().line()).isEqualTo(2);
    assertThat(found().reason()).contains("hash");
  }

  @Test
  void verify_editedWithItsHashMadeRight_isFoundOnTheNextLine() throws Exception {
    List<String> lines = Files.readAllLines(first());
    LogLine one = LogLine.parse(lines.getFirst().getBytes(StandardCharsets.UTF_8));
    assertThat(one.position().sequence()).isEqualTo(1);
    LogLine forged = LogLine.after(Verification.Head.EMPTY, Events.numbered(99).toJson());
    rewrite(
        first(),
        all -> {
          all.set(0, forged.toString());
          return all;
        });
    assertThat(found().line()).isEqualTo(2);
    assertThat(found().reason()).contains("does not continue");
  }

  @Test
  void verify_deletedLine_isFound() throws Exception {
    rewrite(
        first(),
        lines -> {
          lines.remove(1);
          return lines;
        });
    assertThat(found().reason()).contains("record 3 where 2 should be");
  }

  @Test
  void verify_reorderedLines_areFound() throws Exception {
    rewrite(
        first(),
        lines -> {
          Collections.swap(lines, 0, 1);
          return lines;
        });
    assertThat(found().line()).isEqualTo(1);
  }

  @Test
  void verify_duplicatedLine_isFound() throws Exception {
    rewrite(
        first(),
        lines -> {
          lines.add(1, lines.getFirst());
          return lines;
        });
    assertThat(found().line()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void verify_deletedFile_isFound(int which) throws Exception {
    Files.delete(Segments.list(directory).get(which));
    assertThat(found().reason()).contains("should come next");
  }

  @Test
  void verify_firstFileCutAtALine_isFoundInTheNext() throws Exception {
    rewrite(first(), lines -> lines.subList(0, lines.size() - 1));
    assertThat(found().file()).isEqualTo(Segments.list(directory).get(1));
  }

  @Test
  void verify_cutAtTheEnd_isFoundWithARememberedHeadOnly() throws Exception {
    Verification before = AuditTrail.verify(directory);
    Files.delete(Segments.list(directory).getLast());
    assertThat(AuditTrail.verify(directory).isIntact()).isTrue();
    Verification remembered = AuditTrail.verify(directory, before.head());
    assertThat(remembered.firstBreak().orElseThrow().reason())
        .contains("record %d as remembered".formatted(RECORDS));
  }

  @Test
  void verify_grownSinceRemembered_isIntact() throws Exception {
    Verification before = AuditTrail.verify(directory);
    try (AuditLog log = AuditLog.open(directory, Clock.systemUTC())) {
      log.append(Events.numbered(50));
    }
    assertThat(AuditTrail.verify(directory, before.head()).isIntact()).isTrue();
  }
}
