package org.secretfs.crypto.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process that holds secrets shows to one that may look at it. */
class ProcessMemoryTest {
  @TempDir Path directory;

  @Test
  void secret_openThenClosed_isOffTheHeapAndThenGone() throws IOException {
    Path dump = directory.resolve("probe.hprof");
    Process probe = start(List.of(), "hold", dump.toString());
    try (BufferedReader answers = probe.inputReader();
        Writer orders = probe.outputWriter()) {
      MemorySearch search = new MemorySearch(complement(answers.readLine()));
      assertThat(search.isInProcess(probe.pid())).as("found while open").isTrue();
      assertThat(order(orders, answers)).isEqualTo("dumped");
      assertThat(search.isInFile(dump)).as("found in the heap dump").isFalse();
      assertThat(order(orders, answers)).isEqualTo("closed");
      assertThat(search.isInProcess(probe.pid())).as("found after close").isFalse();
    } finally {
      probe.destroyForcibly();
    }
  }

  private static byte[] complement(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ~bytes[i];
    }
    return bytes;
  }

  private static String order(Writer orders, BufferedReader answers) throws IOException {
    orders.write("go on\n");
    orders.flush();
    return answers.readLine();
  }

  @Test
  void isLocked_limitExhausted_isFalseAndCounted() throws IOException, InterruptedException {
    Assumptions.assumeTrue(onPath("prlimit") && onPath("setpriv"), "no prlimit or setpriv");
    Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "not root");
    List<String> prefix =
        List.of("prlimit", "--memlock=16384:16384", "setpriv", "--bounding-set", "-ipc_lock");
    assertThat(run(prefix, "limit"))
        .containsExactly("some locked, some not: true", "counted: true", "after close: 0");
  }

  @Test
  void apply_inAProcess_turnsDumpsOff() throws IOException, InterruptedException {
    assertThat(run(List.of(), "harden"))
        .contains("core files true", "dumpable true", "locked memory true", "core limit 0");
  }

  private static List<String> run(List<String> prefix, String... arguments)
      throws IOException, InterruptedException {
    Process process = start(prefix, arguments);
    try {
      List<String> lines = process.inputReader().lines().toList();
      assertThat(process.waitFor()).as("exit status; printed %s", lines).isZero();
      return lines;
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process start(List<String> prefix, String... arguments) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", "-Xmx64m"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(SecretProbe.class.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
  }

  private static boolean onPath(String program) {
    return Stream.of("/usr/bin", "/bin", "/usr/sbin")
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
