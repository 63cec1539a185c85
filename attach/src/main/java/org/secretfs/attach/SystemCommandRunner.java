package org.secretfs.attach;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the real tools of this machine. */
public final class SystemCommandRunner implements CommandRunner {
  private static final Logger LOG = LoggerFactory.getLogger(SystemCommandRunner.class);
  private static final List<Path> DIRECTORIES =
      List.of(Path.of("/usr/sbin"), Path.of("/usr/bin"), Path.of("/sbin"), Path.of("/bin"));
  private static final int MOST_OUTPUT_BYTES = 64 << 10;
  private static final long OUTPUT_GRACE_SECONDS = 5;

  /** Debian's package of each tool that this module calls. */
  private static final Map<String, String> PACKAGES =
      Map.ofEntries(
          Map.entry("blkid", "util-linux"),
          Map.entry("wipefs", "util-linux"),
          Map.entry("setsid", "util-linux"),
          Map.entry("losetup", "mount"),
          Map.entry("mount", "mount"),
          Map.entry("umount", "mount"),
          Map.entry("cryptsetup", "cryptsetup-bin"),
          Map.entry("dmsetup", "dmsetup"),
          Map.entry("blockdev", "util-linux"),
          Map.entry("nbd-client", "nbd-client"),
          Map.entry("mkfs.ext4", "e2fsprogs"),
          Map.entry("mkfs.xfs", "xfsprogs"),
          Map.entry("mkfs.btrfs", "btrfs-progs"));

  @Override
  public Optional<Path> find(String tool) {
    return DIRECTORIES.stream().map(d -> d.resolve(tool)).filter(Files::isExecutable).findFirst();
  }

  @Override
  public CommandResult run(Command command) throws AttachException {
    Process process = start(command);
    try {
      FutureTask<String> output = collect(process.getInputStream());
      FutureTask<String> errors = collect(process.getErrorStream());
      sendInput(process, command);
      if (!process.waitFor(command.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
        String late = "did not end within %d s".formatted(command.timeout().toSeconds());
        throw new AttachException.CommandFailed(command.tool(), late);
      }
      return new CommandResult(process.exitValue(), text(output), text(errors));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AttachException.CommandFailed(command.tool(), "interrupted");
    } finally {
      process.destroyForcibly();
    }
  }

  private Process start(Command command) throws AttachException {
    Path tool = find(command.tool()).orElseThrow(() -> missing(command.tool()));
    List<String> words = new ArrayList<>(command.words());
    words.set(0, tool.toString());
    ProcessBuilder builder = new ProcessBuilder(words).directory(Path.of("/").toFile());
    builder.environment().clear();
    builder.environment().putAll(Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C"));
    if (command.standardInput().isEmpty()) {
      builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
    }
    try {
      return builder.start();
    } catch (IOException e) {
      throw new AttachException.CommandFailed(command.tool(), String.valueOf(e.getMessage()));
    }
  }

  private static AttachException.Unavailable missing(String tool) {
    return new AttachException.Unavailable(
        "'%s' (Debian package %s) is not installed".formatted(tool, packageOf(tool)));
  }

  static String packageOf(String tool) {
    return PACKAGES.getOrDefault(tool, "unknown");
  }

  private static void sendInput(Process process, Command command) {
    if (command.standardInput().isEmpty()) {
      return;
    }
    try {
      ProcessInput.send(process, command.standardInput().get().segment().asByteBuffer());
    } catch (IOException e) {
      // A command that ends without reading closes the pipe; its exit status says why.
      LOG.debug("a child closed its standard input early", e);
    }
  }

  private static FutureTask<String> collect(InputStream stream) {
    FutureTask<String> task = new FutureTask<>(() -> readBounded(stream));
    Thread.ofPlatform().daemon().name("command-output").start(task);
    return task;
  }

  private static String readBounded(InputStream stream) throws IOException {
    byte[] kept = stream.readNBytes(MOST_OUTPUT_BYTES);
    stream.transferTo(OutputStream.nullOutputStream());
    return new String(kept, StandardCharsets.UTF_8);
  }

  private static String text(FutureTask<String> task) throws InterruptedException {
    try {
      return task.get(OUTPUT_GRACE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // A grandchild may hold the pipe open for ever; the exit status is there without the text.
      return "";
    }
  }
}
