package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What README.md shows compiles, runs, and makes what cryptsetup opens. */
class ReadmeTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void example_run_makesAVolumeThatCryptsetupOpensWithBoth(@TempDir Path folder) throws Exception {
    Path device = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(device.toFile(), "rw")) {
      file.setLength(20 << 20);
    }
    assertThat(ReadmeExample.run(device, bytes("passphrase"), bytes("recovery")))
        .endsWith("aes-xts-plain64 [0, 1]");
    Object[] open = {"cryptsetup", "open", "--test-passphrase", "--key-file", "-", device};
    for (String secret : List.of("passphrase", "recovery")) {
      assertThat(Tools.start(secret, open).status()).isZero();
    }
  }

  @Test
  void readme_example_isTheOneThatRuns() throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    Matcher shown = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(readme);
    assertThat(shown.find()).isTrue();
    List<String> source =
        Files.readAllLines(Path.of("src/test/java/org/secretfs/luks/ReadmeExample.java"));
    List<String> run =
        source.subList(
            source.indexOf("    // example begins") + 1, source.indexOf("    // example ends"));
    assertThat(shown.group(1).lines())
        .containsExactlyElementsOf(run.stream().map(line -> line.substring(4)).toList());
  }

  @Test
  void pom_modulesOfOurs_areCryptoOnly() throws Exception {
    String pom = Files.readString(Path.of("pom.xml"));
    Pattern dependency =
        Pattern.compile(
            "<dependency>\\s*<groupId>(.*?)</groupId>\\s*<artifactId>(.*?)</artifactId>(.*?)"
                + "</dependency>",
            Pattern.DOTALL);
    Stream<String> needed =
        dependency
            .matcher(pom)
            .results()
            .filter(match -> !match.group(3).contains("test"))
            .map(match -> match.group(1) + ":" + match.group(2));
    assertThat(needed)
        .containsExactly("org.secretfs:crypto", "com.fasterxml.jackson.core:jackson-databind");
  }
}
