package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.cli.Main;

/** {@code docs/proxy.md}: its example runs, its configurations are taken, its options exist. */
class ProxyDocumentTest {
  private static final String SERVE = "secretfs proxy serve --config proxy.yaml &\n";

  @TempDir Path directory;
  private final Cli cli = new Cli(Map.of());

  private static String document() throws IOException {
    Path here = Path.of("").toAbsolutePath();
    Path root =
        Files.isDirectory(here.resolve("docs"))
            ? here
            : Objects.requireNonNull(here.getParent(), "a module lies in the repository");
    return Files.readString(root.resolve("docs/proxy.md"));
  }

  /** The blocks between fences of one language, which may be none. */
  private static List<String> blocks(String language) throws IOException {
    return Pattern.compile("(?s)```(\\w*)\n(.*?)```\n")
        .matcher(document())
        .results()
        .filter(block -> block.group(1).equals(language))
        .map(block -> block.group(2))
        .toList();
  }

  private Cli.Result check(String configuration) throws IOException {
    Path file = directory.resolve("proxy.yaml");
    Files.writeString(file, configuration);
    return cli.run("proxy", "check-config", "--config", file.toString());
  }

  @Test
  void configurations_ofTheDocument_areTaken() throws Exception {
    List<String> yaml = blocks("yaml");
    assertThat(yaml).hasSize(2);
    String first = yaml.get(0);
    assertThat(check(first).toString()).contains("exit 0", "export data");

    String keyFile = "    key_source: {key_file: data.key}";
    int begin = first.indexOf(keyFile);
    int end = first.indexOf('\n', begin) + 1;
    String real = first.substring(0, begin) + yaml.get(1) + first.substring(end);
    assertThat(check(real).toString()).contains("exit 0", "key source 'kms'");
  }

  /** Fragments of the text, with what stands for something else filled in. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{file: PATH, size: 2GiB}",
        "{nbd: nbd://HOST:PORT/NAME}",
        "{nbd: 'nbd+unix:///NAME?socket=/PATH'}",
        "{stripe: [BACKING, BACKING…], chunk: 64KiB}",
        "{nbd: 'nbds://HOST/NAME', tls: {authorities: ca.pem, certificate: proxy.pem,"
            + " key: proxy.key, server_name: HOST}}",
      })
  void backings_ofTheDocument_areTaken(String fragment) throws Exception {
    assertThat(document().replaceAll("\\s+", " ")).contains(fragment);
    String filled =
        fragment
            .replace("[BACKING, BACKING…]", "[{file: a}, {file: b}]")
            .replace("/PATH", "/run/s.sock")
            .replace("PATH", "data.img")
            .replace("HOST", "127.0.0.1")
            .replace("PORT", "10809")
            .replace("NAME", "disk");
    String configuration =
        blocks("yaml").getFirst().replace("{file: data.img, size: 64MiB}", filled);
    assertThat(configuration).contains(filled);
    assertThat(check(configuration).toString()).contains("exit 0");
  }

  @Test
  void settings_ofTheExportTable_areKnown() throws Exception {
    for (String setting :
        List.of(
            "discards: pass_down",
            "zeroes: punch",
            "on_suspend: fail",
            "open: at_start",
            "sector_size: 512",
            "rate_limit: {bytes_per_second: 4MiB, requests_per_second: 100}",
            "key_check: {every: 1m, jitter: 20%, grace: 10m}")) {
      String name = setting.substring(0, setting.indexOf(':'));
      assertThat(document()).contains("`" + name + "`");
      assertThat(check(blocks("yaml").getFirst() + "    " + setting + "\n").toString())
          .as(setting)
          .contains("exit 0");
    }
    String direct =
        blocks("yaml").getFirst().replace("size: 64MiB", "size: 64MiB, caching: direct");
    assertThat(check(direct).toString()).contains("exit 0");
    assertThat(check(direct.replace("caching: direct", "caching: none")).toString())
        .contains("exit 2", "must be one of direct, page_cache");
  }

  @Test
  void options_ofTheClientsSide_exist() throws Exception {
    String text = document();
    String section =
        text.substring(text.indexOf("## A client's side"), text.indexOf("## After a crash"));
    String help = cli.run("proxy", "client", "attach", "--help").out();
    List<String> options =
        Pattern.compile("(?<=[` ])--[a-z-]+")
            .matcher(section)
            .results()
            .map(MatchResult::group)
            .distinct()
            .toList();
    assertThat(options).contains("--mount", "--patience", "--authorities").hasSizeGreaterThan(8);
    assertThat(options).allSatisfy(option -> assertThat(help).contains(option));
  }

  @Tag("long")
  @Test
  void tenMinutes_runLineByLine_succeed() throws Exception {
    ProxyLab.requireTools("nbdinfo", "nbdcopy", "qemu-io", "cryptsetup");
    String commands = blocks("").getFirst();
    assertThat(commands).contains(SERVE);
    Files.writeString(directory.resolve("proxy.yaml"), blocks("yaml").getFirst());
    Files.write(directory.resolve("some-file"), new byte[1 << 20]);
    Path program = Files.createDirectory(directory.resolve("bin")).resolve("secretfs");
    Files.writeString(
        program,
        "#!/bin/sh\nexec %s --enable-native-access=ALL-UNNAMED -XX:TieredStopAtLevel=1 -cp '%s' %s \"$@\"\n"
            .formatted(
                Path.of(System.getProperty("java.home"), "bin", "java"),
                System.getProperty("java.class.path"),
                Main.class.getName()));
    assertThat(program.toFile().setExecutable(true)).isTrue();
    String started =
        "server=$!\nfor i in $(seq 600); do test -S nbd.sock && break; sleep 0.1; done\n";
    Path script =
        Files.writeString(
            directory.resolve("example.sh"),
            "set -e\nPATH=$PWD/bin:$PATH\ntrap 'kill $server; wait $server || :' EXIT\n"
                + commands.replace(SERVE, SERVE + started));
    ProxyLab.Ran ran =
        ProxyLab.run("bash", "-c", "cd '%s' && exec bash '%s'".formatted(directory, script));

    assertThat(ran.status()).as(ran.output()).isZero();
    assertThat(ran.output()).contains("export-size", "suspended", "open");
  }
}
