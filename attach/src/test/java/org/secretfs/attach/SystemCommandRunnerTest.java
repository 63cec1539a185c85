package org.secretfs.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

class SystemCommandRunnerTest {
  private final SystemCommandRunner runner = new SystemCommandRunner();

  @Test
  void run_command_givesStatusAndBothOutputs() throws Exception {
    CommandResult result = runner.run(Command.of("sh", "-c", "echo out; echo err >&2; exit 3"));

    assertThat(result).isEqualTo(new CommandResult(3, "out\n", "err\n"));
  }

  @Test
  void run_environment_isCleanAndC() throws Exception {
    String environment = runner.require(Command.of("env"));

    assertThat(environment.lines())
        .containsExactlyInAnyOrder("PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C");
  }

  @Test
  void run_secretOnStandardInput_arrivesWhole() throws Exception {
    byte[] bytes = "0123456789".repeat(100).getBytes(StandardCharsets.US_ASCII);
    try (SecretBuffer secret = SecretBuffer.takeFrom(bytes)) {
      assertThat(runner.require(Command.of("cat").withStandardInput(secret)))
          .isEqualTo("0123456789".repeat(100));
    }
  }

  @Test
  void run_secretForCommandThatDoesNotRead_endsWithItsStatus() throws Exception {
    try (SecretBuffer secret = SecretBuffer.random(64)) {
      Command command = Command.of("false").withStandardInput(secret);

      assertThat(runner.run(command).exitStatus()).isEqualTo(1);
    }
  }

  @Test
  void run_outputPastTheBound_isCutAndTheCommandEnds() throws Exception {
    CommandResult result = runner.run(Command.of("head", "-c", "1000000", "/dev/zero"));

    assertThat(result.exitStatus()).isZero();
    assertThat(result.output()).hasSize(64 << 10);
  }

  @Test
  void run_pastItsTime_isKilledAndThrows() {
    assertThatThrownBy(
            () -> runner.run(Command.of("sleep", "1000").withTimeout(Duration.ofMillis(50))))
        .isInstanceOf(AttachException.CommandFailed.class)
        .hasMessage("sleep: did not end within 0 s");
  }

  @Test
  void run_missingTool_throwsItsPackage() {
    assertThatThrownBy(() -> runner.run(Command.of("no-such-tool")))
        .isInstanceOf(AttachException.Unavailable.class)
        .hasMessageContaining("'no-such-tool'");
  }

  @Test
  void require_failure_throwsLastLinesOfWhatItSaid() {
    assertThatThrownBy(() -> runner.require(Command.of("sh", "-c", "seq 9 >&2; echo out; exit 4")))
        .isInstanceOf(AttachException.CommandFailed.class)
        .hasMessage("sh: exit status 4: 5 / 6 / 7 / 8 / 9");
  }
}
