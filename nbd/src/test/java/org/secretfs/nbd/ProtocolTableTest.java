package org.secretfs.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of what is supported names tests that exist. */
class ProtocolTableTest {
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)#(\\w+)`");
  private static final List<String> PACKAGES =
      List.of(
          "org.secretfs.nbd.",
          "org.secretfs.nbd.server.",
          "org.secretfs.nbd.client.",
          "org.secretfs.nbd.socket.");

  private static List<String> document() throws IOException {
    return Files.readAllLines(Path.of("..", "docs", "nbd.md"));
  }

  @Test
  void table_everyTestNamed_exists() throws IOException {
    List<String> missing = new ArrayList<>();
    int named = 0;
    for (String line : document()) {
      Matcher test = TEST.matcher(line);
      while (test.find()) {
        named++;
        if (!exists(test.group(1), test.group(2))) {
          missing.add(test.group());
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(named).isGreaterThan(40);
  }

  @Test
  void table_everyRowThatClaimsSupport_namesATest() throws IOException {
    List<String> rows =
        document().stream()
            .dropWhile(line -> !line.startsWith("| feature"))
            .skip(2)
            .takeWhile(line -> line.startsWith("|"))
            .toList();

    assertThat(rows).hasSizeGreaterThan(40);
    assertThat(rows)
        .filteredOn(row -> !TEST.matcher(row).find())
        .allMatch(row -> row.contains("| no:") && row.contains("| no |"));
  }

  private static boolean exists(String type, String method) {
    return PACKAGES.stream().anyMatch(name -> hasMethod(name + type, method));
  }

  private static boolean hasMethod(String type, String method) {
    try {
      Class<?> found = Class.forName(type);
      return Stream.of(found.getDeclaredMethods()).map(Method::getName).anyMatch(method::equals);
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
