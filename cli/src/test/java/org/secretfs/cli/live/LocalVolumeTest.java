package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.agent.Step;

/** A configured volume on a backing file whose key sources are all on this machine. */
abstract class LocalVolumeTest {
  static final String VOLUME = "local";
  static final int KILLED = 128 + 9;

  @TempDir Path directory = Path.of("unset");
  final Cli cli = new Cli(Map.of());

  @BeforeEach
  void requireAttachable() throws IOException {
    Lab.requireAttachable();
  }

  @AfterEach
  void takeDown() throws Exception {
    if (Files.exists(config())) {
      Cli.Result result = run("down");
      assertThat(result.status()).as(result.toString()).isZero();
    }
  }

  Path config() {
    return directory.resolve("secretfs.yaml");
  }

  Path backing() {
    return directory.resolve("disk.img");
  }

  Path mount() {
    return directory.resolve("mnt");
  }

  Path file() {
    return mount().resolve("file");
  }

  /** Writes the configuration; {@code more} is added to the volume, already indented by 4. */
  void configure(String keySource, String... more) throws IOException {
    Files.writeString(
        config(),
        """
        state_directory: state
        runtime_directory: run
        volumes:
          %s:
            file: disk.img
            size: 48MiB
            key_source: %s
            mount: %s
            attachment: fuse
        %s
        """
            .formatted(VOLUME, keySource, mount(), String.join("\n", more)));
  }

  Cli.Result run(String command, String... more) {
    String[] words = new String[more.length + 3];
    words[0] = command;
    words[1] = "--config";
    words[2] = config().toString();
    System.arraycopy(more, 0, words, 3, more.length);
    return cli.run(words);
  }

  void mustSucceed(String command, String... more) {
    Cli.Result result = run(command, more);
    assertThat(result.status()).as(result.toString()).isZero();
  }

  void mustFail(int status, String code, String command, String... more) {
    Cli.Result result = run(command, more);
    assertThat(result.status()).as(result.toString()).isEqualTo(status);
    assertThat(result.err()).contains(code);
  }

  JsonNode status() throws IOException {
    return run("status", "--json").json().get("volumes").get(0);
  }

  void write(String text) throws Exception {
    Files.writeString(file(), text);
    Lab.tool("sync", file().toString());
  }

  void killAt(String command, String side, Step step) throws Exception {
    Cli.Result killed =
        cli.finish(cli.start(KilledUp.class, command, config().toString(), side, step.name()));
    assertThat(killed.status()).as(killed.toString()).isEqualTo(KILLED);
  }

  JsonNode header() throws Exception {
    String dump = Lab.tool("cryptsetup", "luksDump", "--dump-json-metadata", backing().toString());
    return new com.fasterxml.jackson.databind.ObjectMapper().readTree(dump);
  }

  List<Path> filesIn(String folder) throws IOException {
    Path path = directory.resolve(folder);
    if (!Files.isDirectory(path)) {
      return List.of();
    }
    try (var files = Files.list(path)) {
      return files.sorted().toList();
    }
  }
}
