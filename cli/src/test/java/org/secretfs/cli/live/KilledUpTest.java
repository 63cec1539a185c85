package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.secretfs.agent.Step;

/** SIGKILL at every step of {@code up} and {@code down}: the next {@code up} finishes. */
class KilledUpTest {
  private static final int KILLED = 128 + 9;
  private static final String TEXT = "synced before the kill";

  @TempDir private Path directory = Path.of("unset");
  private Lab lab;

  @BeforeEach
  void start() throws Exception {
    lab = Lab.in(directory);
  }

  @AfterEach
  void stop() throws Exception {
    lab.end();
  }

  private static final List<Step> FIRST_UP =
      List.of(
          Step.INSPECT,
          Step.CREATE_SECRET,
          Step.CREATE_FILE,
          Step.FORMAT,
          Step.CHECK_MANIFEST,
          Step.UNLOCK,
          Step.ATTACH,
          Step.MAKE_FILE_SYSTEM,
          Step.RECORD_FILE_SYSTEM,
          Step.MOUNT,
          Step.RECORD);

  private static final List<Step> LATER_UP =
      List.of(
          Step.INSPECT,
          Step.OBTAIN_SECRET,
          Step.CHECK_MANIFEST,
          Step.UNLOCK,
          Step.ATTACH,
          Step.MOUNT,
          Step.RECORD);

  private static final List<Step> DOWN = List.of(Step.UNMOUNT, Step.DETACH, Step.RECORD);

  static Stream<Step> firstUp() {
    return FIRST_UP.stream();
  }

  static Stream<Arguments> everything() {
    return Stream.of(
            FIRST_UP.stream().map(step -> Arguments.of("first up", "after", step)),
            LATER_UP.stream().map(step -> Arguments.of("later up", "before", step)),
            LATER_UP.stream().map(step -> Arguments.of("later up", "after", step)),
            DOWN.stream().map(step -> Arguments.of("down", "before", step)),
            DOWN.stream().map(step -> Arguments.of("down", "after", step)))
        .flatMap(arguments -> arguments);
  }

  @ParameterizedTest
  @MethodSource("firstUp")
  void up_firstUpKilledBeforeStep_nextUpFinishes(Step step) throws Exception {
    killAt("up", "before", step);
    assertNextUpFinishes();
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("everything")
  void up_killedAnywhere_nextUpFinishesAndSyncedDataIsThere(String when, String side, Step step)
      throws Exception {
    if (when.equals("first up")) {
      killAt("up", side, step);
      assertNextUpFinishes();
      return;
    }
    assertNextUpFinishes();
    if (when.equals("later up")) {
      assertThat(lab.down().status()).isZero();
    }
    killAt(when.equals("down") ? "down" : "up", side, step);
    Cli.Result result = lab.up();
    assertThat(result.status()).as(result.toString()).isZero();
    assertThat(lab.mount().resolve("file")).hasContent(TEXT);
  }

  private void killAt(String command, String side, Step step) throws Exception {
    Cli.Result killed =
        lab.cli()
            .finish(
                lab.cli()
                    .start(KilledUp.class, command, lab.config().toString(), side, step.name()));
    assertThat(killed.status()).as(killed.toString()).isEqualTo(KILLED);
  }

  private void assertNextUpFinishes() throws Exception {
    Cli.Result result = lab.up();
    assertThat(result.status()).as(result.toString()).isZero();
    assertThat(lab.state()).isEqualTo("mounted");
    Files.writeString(lab.mount().resolve("file"), TEXT);
    Lab.tool("sync", lab.mount().resolve("file").toString());
    assertThat(lab.down().status()).isZero();
    result = lab.up();
    assertThat(result.status()).as(result.toString()).isZero();
    assertThat(lab.mount().resolve("file")).hasContent(TEXT);
  }
}
