package org.secretfs.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is asked of {@code nbd-client}, and what is made of its answers. That the kernel does it is
 * shown where there is a kernel that can.
 */
class KernelNbdTest {
  private static final KernelNbd.Server UNIX =
      new KernelNbd.Server(
          Optional.of(Path.of("/run/s.sock")), "", 0, "data", 30, Optional.empty());
  private static final DeviceRequest REQUEST =
      new DeviceRequest(VolumeName.of("v"), List.of("nbd+unix:///data"), 512, false);

  @TempDir Path folder;

  /** A runner whose nbd-client connects the first device of a pretended kernel. */
  private final class Kernel implements CommandRunner {
    private final RecordingRunner recording;

    Kernel(RecordingRunner recording) {
      this.recording = recording;
    }

    @Override
    public Optional<Path> find(String tool) {
      return recording.find(tool);
    }

    @Override
    public CommandResult run(Command command) {
      try {
        if (command.tool().equals("nbd-client") && !command.words().contains("-d")) {
          Files.writeString(device("nbd0").resolve("pid"), ProcessHandle.current().pid() + "\n");
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return recording.run(command);
    }
  }

  private Path device(String name) throws IOException {
    return Files.createDirectories(folder.resolve("block").resolve(name));
  }

  private KernelNbd kernel(CommandRunner runner) {
    return new KernelNbd(runner, folder.resolve("run"), folder.resolve("block"));
  }

  @Test
  void unavailableBecause_noModule_namesItAfterTryingToLoadIt() throws Exception {
    RecordingRunner runner = new RecordingRunner();

    assertThat(kernel(runner).unavailableBecause().orElseThrow()).contains("its module nbd");
    assertThat(runner.lines()).containsExactly("modprobe -q nbd");
  }

  @Test
  void unavailableBecause_noProgram_namesItsPackage() throws Exception {
    assertThat(kernel(new RecordingRunner().without("nbd-client")).unavailableBecause())
        .hasValueSatisfying(why -> assertThat(why).contains("Debian package nbd-client"));
  }

  @Test
  void command_unixSocket_isAsTheProgramWantsIt() {
    assertThat(KernelNbd.command(REQUEST, UNIX, "nbd3").toString())
        .isEqualTo(
            "nbd-client -unix /run/s.sock /dev/nbd3 -name data -block-size 512 -timeout 30"
                + " -persist -nonetlink");
  }

  @Test
  void command_tlsReadOnly_namesFilesAndServer() {
    KernelNbd.Tls tls =
        new KernelNbd.Tls(
            Optional.of(Path.of("/ca")),
            Optional.of(Path.of("/c")),
            Optional.of(Path.of("/k")),
            "disks.example.org");
    KernelNbd.Server tcp =
        new KernelNbd.Server(Optional.empty(), "10.0.0.1", 10809, "data", 5, Optional.of(tls));
    DeviceRequest readOnly = new DeviceRequest(VolumeName.of("v"), List.of("x"), 4096, true);

    assertThat(KernelNbd.command(readOnly, tcp, "nbd0").toString())
        .isEqualTo(
            "nbd-client 10.0.0.1 10809 /dev/nbd0 -name data -block-size 4096 -timeout 5 -persist"
                + " -nonetlink -readonly -enable-tls -cacertfile /ca -certfile /c -keyfile /k"
                + " -tlshostname disks.example.org");
  }

  @Test
  void attach_deviceFree_isFoundUntilItsClientIsGone() throws Exception {
    Path free = device("nbd0");
    KernelNbd kernel = kernel(new Kernel(new RecordingRunner()));

    AttachedVolume attached = kernel.attach(REQUEST, UNIX);

    assertThat(attached.healthy()).isTrue();
    assertThat(attached.device()).isEqualTo(Path.of("/dev/nbd0"));
    assertThat(kernel.find("v")).contains(attached);
    assertThat(kernel.names()).containsExactly("v");
    assertThat(kernel.description("v")).containsExactly("nbd+unix:///data");
    assertThatThrownBy(() -> kernel.attach(REQUEST, UNIX)).isInstanceOf(AttachException.Busy.class);
    Files.delete(free.resolve("pid"));
    assertThat(kernel.find("v").orElseThrow().unhealthyBecause().orElseThrow())
        .contains("not connected");
  }

  @Test
  void attach_allDevicesConnected_isBusyAndLeavesNothing() throws Exception {
    Files.writeString(device("nbd0").resolve("pid"), ProcessHandle.current().pid() + "\n");

    assertThatThrownBy(() -> kernel(new Kernel(new RecordingRunner())).attach(REQUEST, UNIX))
        .isInstanceOf(AttachException.Busy.class);
    assertThat(folder.resolve("run/v")).doesNotExist();
  }

  @Test
  void attach_programFails_tellsWhyAndLeavesNothing() throws Exception {
    Path free = device("nbd0");
    RecordingRunner refusing =
        new RecordingRunner().answering("nbd-client", 1, "", "Exiting: server has no export");

    assertThatThrownBy(() -> kernel(refusing).attach(REQUEST, UNIX))
        .hasMessageContaining("server has no export");
    assertThat(folder.resolve("run/v")).doesNotExist();
    assertThat(free.resolve("pid")).doesNotExist();
  }
}
