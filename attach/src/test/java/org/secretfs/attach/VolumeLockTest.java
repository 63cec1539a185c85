package org.secretfs.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumeLockTest {
  private static final int PROCESSES = 3;
  private static final int ROUNDS = 300;

  @TempDir private Path directory = Path.of("");

  /** Takes and gives back the lock, over and over, and tells if somebody else had it, too. */
  static final class Contender {
    private Contender() {}

    public static void main(String[] args) throws Exception {
      Path directory = Path.of(args[0]);
      int taken = 0;
      while (taken < ROUNDS) {
        try (VolumeLock _ = VolumeLock.ofName(directory, "data")) {
          Files.delete(Files.createFile(directory.resolve("holder")));
          taken++;
        } catch (AttachException.Busy e) {
          Thread.onSpinWait();
        } catch (FileAlreadyExistsException e) {
          System.out.println("two have the lock");
          System.exit(1);
        }
      }
      System.out.println("taken " + taken);
    }
  }

  private Process contender() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Contender.class.getName(),
            directory.toString())
        .redirectErrorStream(true)
        .start();
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void ofName_manyProcessesAtOnce_neverHaveItTwiceAndLeaveNoFile() throws Exception {
    List<Process> all = new ArrayList<>();
    for (int i = 0; i < PROCESSES; i++) {
      all.add(contender());
    }
    for (Process process : all) {
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      assertThat(process.waitFor()).as(said).isZero();
      assertThat(said).isEqualTo("taken " + ROUNDS);
    }
    assertThat(left()).containsExactly(".lock");
  }

  @Test
  void ofName_takenInThisProcess_isBusyUntilClosed() throws Exception {
    try (VolumeLock _ = VolumeLock.ofName(directory, "data")) {
      assertThatThrownBy(() -> VolumeLock.ofName(directory, "data"))
          .isInstanceOf(AttachException.Busy.class);
      VolumeLock.ofName(directory, "other").close();
      assertThat(left()).containsExactly(".data.lock", ".lock");
    }
    VolumeLock.ofName(directory, "data").close();
    assertThat(left()).containsExactly(".lock");
  }

  @Test
  void close_directoryGone_isDone() throws Exception {
    Path gone = directory.resolve("gone");
    VolumeLock lock = VolumeLock.ofName(gone, "data");
    Files.delete(gone.resolve(".data.lock"));
    Files.delete(gone.resolve(".lock"));
    Files.delete(gone);
    lock.close();
    assertThat(gone).doesNotExist();
  }
}
