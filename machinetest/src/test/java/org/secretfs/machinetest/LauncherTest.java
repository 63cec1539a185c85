package org.secretfs.machinetest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged launcher with Javas that only tell how they were called. */
class LauncherTest {
  private static final String PRINTS_ARGUMENTS =
      "#!/bin/bash\nprintf '%s\\n' \"java of ${0%/bin/java}\" \"$@\"\nexit 7\n";

  @TempDir private Path folder;

  private Path launcher;

  @BeforeEach
  void makeProduct() throws IOException {
    Path packaging = Product.repository().resolve("packaging");
    launcher = copy(packaging.resolve("bin/secretfs"), "product/bin/secretfs");
    copy(packaging.resolve("libexec/common.sh"), "product/libexec/common.sh");
    makeTools("readlink", "mktemp", "mkdir", "rm", "mv", "timeout", "sort");
    write("product/lib/secretfs.jar", "");
    write("product/cache/made-with", "25.0.1 " + folder.resolve("jdk") + "\n");
    write("product/cache/secretfs.aot", "cache");
  }

  @Test
  void launcher_javaNewEnough_becomesItWithArgumentsAndExitStatus() throws Exception {
    Path java = java("jdk", "25.0.1");

    Run run = run(Map.of("JAVA_HOME", java.toString()), launcher, "status", "a b", "");

    assertThat(run.exitStatus()).isEqualTo(7);
    assertThat(run.lines()).startsWith("java of " + java);
    assertThat(run.lines()).endsWith("org.secretfs.cli.Main", "status", "a b", "");
    assertThat(run.lines()).contains("-Dsecretfs.launcher=" + launcher);
  }

  @Test
  void launcher_throughSymbolicLink_findsItsProduct() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), launcher);

    Run run = run(Map.of("JAVA_HOME", java("jdk", "25.0.1").toString()), link, "status");

    assertThat(run.lines()).contains("-Dsecretfs.home=" + folder.resolve("product"));
  }

  @Test
  void launcher_bundledRuntime_isTakenBeforeJavaHome() throws Exception {
    Path runtime = java("product/runtime", "25.0.1");

    Run run = run(Map.of("JAVA_HOME", java("jdk", "26").toString()), launcher, "status");

    assertThat(run.lines()).startsWith("java of " + runtime);
  }

  @Test
  void launcher_onlyOlderJava_saysWhatItFoundAndWhatItNeeds() throws Exception {
    Path old = java("old", "17.0.9");

    Run run = run(Map.of("JAVA_HOME", old.toString()), launcher, "status");

    assertThat(run.exitStatus()).isEqualTo(2);
    assertThat(run.lines())
        .anyMatch(line -> line.contains("needs Java 25 or newer"))
        .contains("  " + old + ": Java 17.0.9");
  }

  @Test
  void launcher_cacheOfThisJava_isUsed() throws Exception {
    Run run = run(Map.of("JAVA_HOME", java("jdk", "25.0.1").toString()), launcher, "status");

    assertThat(run.lines())
        .contains("-XX:AOTCache=" + folder.resolve("product/cache/secretfs.aot"));
  }

  @Test
  void launcher_cacheOfAnotherJava_isReplacedOrLeftOut() throws Exception {
    Run run = run(Map.of("JAVA_HOME", java("other", "25.0.2").toString()), launcher, "status");

    assertThat(run.lines()).noneMatch(line -> line.startsWith("-XX:AOTCache"));
    assertThat(folder.resolve("product/cache/made-with"))
        .hasContent("25.0.2 " + folder.resolve("other"));
  }

  @Test
  void launcher_optionsInTheEnvironment_doNotReachJava() throws Exception {
    Path java = java("jdk", "25.0.1");
    String script = "#!/bin/bash\necho \"options=$JAVA_TOOL_OPTIONS$JDK_JAVA_OPTIONS\"\n";
    Files.writeString(java.resolve("bin/java"), script);

    Run run =
        run(
            Map.of("JAVA_HOME", java.toString(), "JAVA_TOOL_OPTIONS", "-javaagent:spy.jar"),
            launcher,
            "status");

    assertThat(run.lines()).containsExactly("options=");
  }

  @Test
  void launcher_longRunningCommand_isNotHeldToTheQuickCompiler() throws Exception {
    Map<String, String> environment = Map.of("JAVA_HOME", java("jdk", "25.0.1").toString());

    assertThat(run(environment, launcher, "status").lines()).contains("-XX:TieredStopAtLevel=1");
    assertThat(run(environment, launcher, "serve-volume", "data").lines())
        .doesNotContain("-XX:TieredStopAtLevel=1");
    assertThat(run(environment, launcher, "proxy", "serve").lines())
        .contains("-Xmx512m")
        .doesNotContain("-XX:TieredStopAtLevel=1");
  }

  private Path java(String name, String version) throws IOException {
    write(name + "/release", "IMPLEMENTOR=\"Test\"\nJAVA_VERSION=\"" + version + "\"\n");
    executable(write(name + "/bin/java", PRINTS_ARGUMENTS));
    return folder.resolve(name);
  }

  /** Fills the folder that is the whole PATH, so that no Java of this machine is found there. */
  private void makeTools(String... names) throws IOException {
    for (String name : names) {
      executable(write("tools/" + name, "#!/bin/bash\nexec /usr/bin/" + name + " \"$@\"\n"));
    }
  }

  private Path copy(Path source, String name) throws IOException {
    return executable(write(name, Files.readString(source)));
  }

  private Path write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(folder.resolve(name).resolveSibling(""));
    return Files.writeString(file, content);
  }

  private static Path executable(Path file) throws IOException {
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Runs with a PATH that has no Java and with nothing else of Java's in the environment. */
  private Run run(Map<String, String> environment, Path program, String... arguments)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.environment().put("PATH", folder.resolve("tools").toString());
    builder.environment().put("SECRETFS_JVM_DIRECTORY", folder.resolve("none").toString());
    Process process = builder.redirectOutput(output.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), Files.readAllLines(output));
  }

  private record Run(int exitStatus, List<String> lines) {}
}
