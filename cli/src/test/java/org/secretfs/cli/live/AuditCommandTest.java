package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditLog;

/** The commands that show and check trails. */
class AuditCommandTest {
  private final Cli cli = new Cli(Map.of());

  @TempDir private Path directory;

  @BeforeEach
  void writeTrail() throws Exception {
    try (AuditLog log = AuditLog.open(directory, Clock.systemUTC())) {
      for (String name : List.of("First", "Second", "Third")) {
        log.append(AuditEvent.named("test.secretfs", name).build());
      }
    }
  }

  private List<Path> segments() throws Exception {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".jsonl")).toList();
    }
  }

  private void edit(String from, String to) throws Exception {
    Path segment = segments().getFirst();
    String text = Files.readString(segment, StandardCharsets.UTF_8);
    assertThat(text).contains(from);
    Files.writeString(segment, text.replace(from, to), StandardCharsets.UTF_8);
  }

  private void deleteSecondLine() throws Exception {
    Path segment = segments().getFirst();
    List<String> lines = new ArrayList<>(Files.readAllLines(segment));
    lines.removeIf(line -> line.contains("Second"));
    Files.write(segment, lines);
  }

  @Test
  void list_records_areShownInOrder() {
    Cli.Result result = cli.run("audit", "list", "--trail", directory.toString());
    assertThat(result.status()).as("%s", result).isZero();
    assertThat(result.out().lines()).hasSize(3);
    assertThat(result.out()).containsSubsequence("First", "Second", "Third");
  }

  @Test
  void list_lastOne_isTheLatest() throws Exception {
    Cli.Result result =
        cli.run("audit", "list", "--last", "1", "--json", "--trail", directory.toString());
    JsonNode records = result.json().get("Records");
    assertThat(records).hasSize(1);
    assertThat(records.get(0).get("eventName").asText()).isEqualTo("Third");
  }

  @Test
  void list_editedRecord_failsAfterShowing() throws Exception {
    edit("Second", "Sekond");
    Cli.Result result = cli.run("audit", "list", "--trail", directory.toString());
    assertThat(result.status()).isEqualTo(4);
    assertThat(result.err()).contains("audit trail is broken").contains("keep the files");
  }

  @Test
  void verify_wholeTrail_isIntactAndTellsItsHead() throws Exception {
    Cli.Result result = cli.run("audit", "verify", "--json", "--trail", directory.toString());
    assertThat(result.status()).isZero();
    JsonNode trail = result.json().get("trails").get(0);
    assertThat(trail.get("records").asInt()).isEqualTo(3);
    assertThat(trail.get("intact").asBoolean()).isTrue();
    assertThat(trail.get("head").asText()).hasSize(64);
  }

  @Test
  void verify_editedRecord_namesTheBreak() throws Exception {
    edit("Second", "Sekond");
    Cli.Result result = cli.run("audit", "verify", "--trail", directory.toString());
    assertThat(result.status()).isEqualTo(4);
    assertThat(result.out()).contains("BROKEN");
    assertThat(result.err()).contains(segments().getFirst().getFileName().toString());
  }

  @Test
  void verify_deletedRecord_namesTheBreak() throws Exception {
    deleteSecondLine();
    Cli.Result result = cli.run("audit", "verify", "--json", "--trail", directory.toString());
    assertThat(result.status()).isEqualTo(4);
    assertThat(result.json().get("trails").get(0).get("intact").asBoolean()).isFalse();
  }

  @Test
  void verify_trailNamedButAbsent_isNotIntact() {
    Path absent = directory.resolve("absent");
    Cli.Result result = cli.run("audit", "verify", "--trail", absent.toString());
    assertThat(result.status()).isEqualTo(4);
    assertThat(result.err()).contains(absent.toString()).contains("no such directory");
  }
}
