package org.secretfs.keys;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryStoreTest {
  private static final byte[] BLOB = "a wrapped secret".getBytes(UTF_8);

  @TempDir Path folder;

  private Path directory() {
    return folder.resolve("store");
  }

  @Test
  void putIfAbsent_missingDirectory_makesItForTheOwnerAlone() throws Exception {
    try (DirectoryStore store = new DirectoryStore(directory())) {
      assertThat(store.get("name")).isEmpty();
      assertThat(store.putIfAbsent("name", BLOB)).isTrue();
      assertThat(store.get("name")).contains(BLOB);
    }
    assertThat(permissions(directory())).isEqualTo("rwx------");
    assertThat(permissions(directory().resolve("name"))).isEqualTo("rw-------");
    assertThat(names()).containsExactly("name");
  }

  @Test
  void putIfAbsent_nameTaken_keepsTheFirst() throws Exception {
    try (DirectoryStore store = new DirectoryStore(directory())) {
      store.putIfAbsent("name", BLOB);
      assertThat(store.putIfAbsent("name", new byte[] {1})).isFalse();
      assertThat(store.get("name")).contains(BLOB);
      assertThat(names()).containsExactly("name");
    }
  }

  @Test
  void putIfAbsent_parentMissing_isNotFound() {
    try (DirectoryStore store = new DirectoryStore(folder.resolve("no/store"))) {
      assertThatThrownBy(() -> store.putIfAbsent("name", BLOB))
          .isInstanceOf(KeySourceException.NotFound.class)
          .hasMessageContaining("no/store");
    }
  }

  @Test
  void putIfAbsent_steps_syncContentThenLinkThenSyncDirectory() throws Exception {
    List<String> steps = new ArrayList<>();
    try (DirectoryStore store = new DirectoryStore(directory(), steps::add)) {
      store.putIfAbsent("name", BLOB);
    }
    assertThat(steps)
        .containsExactly(
            "make directory",
            "sync parent",
            "create",
            "write",
            "sync file",
            "link",
            "remove temporary files",
            "sync directory");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "..", "../x", "a/b", "/etc/passwd", ".hidden", "a\0b", "-x", "é", "a b"})
  void names_thatLeaveTheDirectory_areRefused(String name) {
    try (DirectoryStore store = new DirectoryStore(directory())) {
      assertThatThrownBy(() -> store.get(name)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> store.putIfAbsent(name, BLOB))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(directory()).doesNotExist();
  }

  @Test
  void get_symbolicLink_isMalformed() throws Exception {
    Files.createDirectory(directory());
    Path target = Files.write(folder.resolve("target"), BLOB);
    Files.createSymbolicLink(directory().resolve("name"), target);
    try (DirectoryStore store = new DirectoryStore(directory())) {
      assertThatThrownBy(() -> store.get("name"))
          .isInstanceOf(KeySourceException.Malformed.class)
          .hasMessageContaining("regular file");
      assertThat(store.putIfAbsent("name", BLOB)).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, WrappedSecretStore.MAX_BLOB_BYTES + 1, 1 << 20})
  void get_wrongSize_isMalformed(int length) throws Exception {
    Files.createDirectory(directory());
    Files.write(directory().resolve("name"), new byte[length]);
    try (DirectoryStore store = new DirectoryStore(directory())) {
      assertThatThrownBy(() -> store.get("name")).isInstanceOf(KeySourceException.Malformed.class);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, WrappedSecretStore.MAX_BLOB_BYTES - 1, WrappedSecretStore.MAX_BLOB_BYTES})
  void putIfAbsent_sizesWithinTheRule_areReadBack(int length) throws Exception {
    byte[] blob = new byte[length];
    blob[length - 1] = 1;
    try (DirectoryStore store = new DirectoryStore(directory())) {
      assertThat(store.putIfAbsent("name", blob)).isTrue();
      assertThat(store.get("name")).contains(blob);
    }
  }

  @Test
  void putIfAbsent_directoryIsAFile_isUnreachableAndLeavesIt() throws Exception {
    Files.write(directory(), BLOB);
    try (DirectoryStore store = new DirectoryStore(directory())) {
      assertThatThrownBy(() -> store.putIfAbsent("name", BLOB))
          .isInstanceOf(KeySourceException.Unreachable.class);
    }
    assertThat(directory()).hasBinaryContent(BLOB);
  }

  @Test
  void putIfAbsent_manyThreadsAtOnce_oneWinsAndAllReadIt() throws Exception {
    int writers = 8;
    try (ExecutorService threads = Executors.newFixedThreadPool(writers);
        DirectoryStore store = new DirectoryStore(directory())) {
      for (int round = 0; round < 100; round++) {
        String name = "round-" + round;
        CyclicBarrier start = new CyclicBarrier(writers);
        List<Future<Integer>> results = new ArrayList<>();
        for (int writer = 0; writer < writers; writer++) {
          results.add(threads.submit(write(store, name, writer, start)));
        }
        assertOneWinner(store, name, results);
      }
    }
  }

  /** Returns its number if it won; checks that it reads what it was told. */
  private static java.util.concurrent.Callable<Integer> write(
      DirectoryStore store, String name, int writer, CyclicBarrier start) {
    return () -> {
      start.await();
      boolean won = store.putIfAbsent(name, new byte[] {(byte) writer});
      byte[] read = store.get(name).orElseThrow();
      assertThat(read[0] == writer).isEqualTo(won);
      return won ? writer : -1;
    };
  }

  private static void assertOneWinner(
      DirectoryStore store, String name, List<Future<Integer>> results) throws Exception {
    List<Integer> winners = new ArrayList<>();
    for (Future<Integer> result : results) {
      winners.add(result.get());
    }
    winners.removeIf(number -> number < 0);
    assertThat(winners).hasSize(1);
    assertThat(store.get(name)).contains(new byte[] {winners.getFirst().byteValue()});
  }

  @Test
  void putIfAbsent_processKilledAtEachStep_leavesNothingOrTheWholeBlob() throws Exception {
    int step = 0;
    int status;
    do {
      Path crashed = folder.resolve("crashed-" + step);
      status = CrashingWriter.run(crashed, step);
      DirectoryStore store = new DirectoryStore(crashed);
      boolean there = store.get("name").isPresent();
      assertThat(store.putIfAbsent("name", BLOB)).isEqualTo(!there);
      assertThat(store.get("name")).contains(there ? CrashingWriter.BLOB : BLOB);
      assertThat(list(crashed)).containsExactly("name");
      step++;
    } while (status == CrashingWriter.KILLED);
    assertThat(status).isZero();
    assertThat(step).isEqualTo(9);
  }

  private List<String> names() throws IOException {
    return list(directory());
  }

  private static List<String> list(Path directory) throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.map(path -> path.getFileName().toString()).toList();
    }
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
