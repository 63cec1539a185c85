package org.secretfs.machinetest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The packaged proxy as a process of the host. */
final class ProxyProcess implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);

  private final Path launcher;
  private final Path configuration;
  private final Process process;

  /** Starts it with {@code yaml}; relative paths begin at {@code folder}. */
  ProxyProcess(Path launcher, Path folder, String yaml) throws IOException, InterruptedException {
    this.launcher = launcher;
    this.configuration = Files.writeString(folder.resolve("proxy.yaml"), yaml);
    this.process =
        new ProcessBuilder(
                launcher.toString(), "proxy", "serve", "--config", configuration.toString())
            .redirectErrorStream(true)
            .start();
    new Reports(process.getInputStream()).await(".*proxy serves.*", START);
  }

  /** Runs a command of the owner's on an export. */
  String export(String action, String name) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(launcher.toString(), "proxy", "export"));
    command.addAll(List.of(action, name, "--config", configuration.toString(), "--json"));
    return Commands.run(START, command);
  }

  /** Ends it as a service manager would: everything is flushed, its files are free. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
