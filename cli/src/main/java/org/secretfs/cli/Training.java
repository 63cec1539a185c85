package org.secretfs.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.ProcessHardening;

/**
 * Walks the ways that commands take so that the JVM can write its start-up cache: which classes are
 * loaded, linked and worth compiling. Works in one folder and needs no network and no root; what a
 * command answers does not matter.
 */
public final class Training {
  /**
   * A volume whose key source refuses connections: everything before the first answer is walked.
   */
  private static final String CONFIGURATION =
      """
      state_directory: FOLDER/state
      runtime_directory: FOLDER/run
      volumes:
        data:
          file: FOLDER/disk.img
          size: 32MiB
          key_source:
            kms: {key: alias/training, region: us-east-1, endpoint: "http://127.0.0.1:9"}
            wrapped_secret: {directory: FOLDER/bucket}
          filesystem: ext4
          mount: FOLDER/mount
      """;

  private Training() {}

  /**
   * Runs the commands.
   *
   * @param args an empty folder to work in
   */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]).toAbsolutePath();
    Path configuration = folder.resolve("secretfs.yaml");
    Files.writeString(configuration, CONFIGURATION.replace("FOLDER", folder.toString()));
    ProcessHardening.apply();
    run("--version");
    run("--help");
    for (String command : List.of("status", "up", "down")) {
      run(command, "--config", configuration.toString());
      run(command, "--config", configuration.toString(), "--json");
    }
    run("audit", "list", "--config", configuration.toString());
  }

  private static void run(String... args) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
    Main.run(new Output(nowhere, nowhere), args);
  }
}
