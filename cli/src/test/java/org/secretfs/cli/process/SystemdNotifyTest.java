package org.secretfs.cli.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SystemdNotifyTest {
  private static final String RECEIVER =
      """
      import socket, sys
      name = sys.argv[1]
      receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      receiver.bind("\\0" + name[1:] if name[0] == "@" else name)
      print("bound", flush=True)
      print(receiver.recv(4096).decode().replace("\\n", "|"), flush=True)
      """;

  @TempDir private Path directory = Path.of("unset");

  private String received(String socket) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "python3 is not installed");
    Process receiver = new ProcessBuilder("/usr/bin/python3", "-c", RECEIVER, socket).start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(receiver.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(lines.readLine()).isEqualTo("bound");
      assertThat(new SystemdNotify(Optional.of(socket)).ready("serving")).isTrue();
      return String.valueOf(lines.readLine());
    } finally {
      receiver.destroy();
    }
  }

  @Test
  void ready_socketFile_isTold() throws Exception {
    assertThat(received(directory.resolve("notify").toString()))
        .isEqualTo("READY=1|STATUS=serving");
  }

  @Test
  void ready_abstractSocket_isTold() throws Exception {
    assertThat(received("@secretfs-test-" + ProcessHandle.current().pid()))
        .isEqualTo("READY=1|STATUS=serving");
  }

  @ParameterizedTest
  @ValueSource(strings = {"relative", "/nowhere/at/all", ""})
  void ready_noSuchSocket_tellsNobody(String socket) {
    assertThat(new SystemdNotify(Optional.of(socket)).ready("serving")).isFalse();
  }

  @Test
  void ready_pathTooLong_tellsNobody() {
    assertThat(new SystemdNotify(Optional.of("/" + "x".repeat(200))).ready("serving")).isFalse();
  }

  @Test
  void ready_noServiceManager_tellsNobody() {
    assertThat(new SystemdNotify(Optional.empty()).ready("serving")).isFalse();
  }
}
