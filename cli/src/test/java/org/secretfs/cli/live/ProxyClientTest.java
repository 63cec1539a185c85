package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.attach.FuseDevices;
import org.secretfs.attach.KernelNbd;
import org.secretfs.attach.SystemCommandRunner;
import org.secretfs.cli.Main;

/** {@code secretfs proxy client}: exports as block devices, through FUSE and loop devices. */
class ProxyClientTest {
  @TempDir Path directory;
  private final List<Process> servers = new ArrayList<>();
  private final Cli cli = new Cli(Map.of());
  private Path runtime;

  @BeforeEach
  void requireFuse() {
    Optional<String> missing =
        new FuseDevices(new SystemCommandRunner(), Path.of("/nowhere"), List.of("x"))
            .unavailableBecause();
    Assumptions.assumeTrue(missing.isEmpty(), () -> "no FUSE attachment here: " + missing.get());
    runtime = directory.resolve("client");
  }

  @AfterEach
  void takeAway() throws Exception {
    for (JsonNode attached : attached()) {
      Cli.Result result = client("detach", attached.get("name").asText());
      assertThat(result.status()).as(result.toString()).isZero();
    }
    for (Process server : servers) {
      server.destroyForcibly().waitFor();
    }
  }

  private String[] words(String... words) {
    List<String> all = new ArrayList<>(List.of("proxy", "client"));
    all.addAll(Arrays.asList(words));
    all.addAll(List.of("--json", "--runtime-directory", runtime.toString()));
    return all.toArray(String[]::new);
  }

  private Cli.Result client(String... words) {
    return cli.run(words(words));
  }

  private JsonNode done(String... words) throws Exception {
    Cli.Result result = client(words);
    assertThat(result.status()).as(result.toString()).isZero();
    return result.json();
  }

  private JsonNode attached() throws Exception {
    return done("list").get("attached");
  }

  /** A server whose disk is in memory; its export is the default one. */
  private String nbdkit(String... more) throws Exception {
    ProxyLab.requireTools("nbdkit");
    Path socket = directory.resolve("kit.sock");
    Files.deleteIfExists(socket);
    List<String> command = new ArrayList<>(List.of("nbdkit", "-f", "-U", socket.toString()));
    command.addAll(Arrays.asList(more));
    command.addAll(List.of("memory", "32M"));
    servers.add(new ProcessBuilder(command).redirectErrorStream(true).start());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!Files.exists(socket) && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    return "nbd+unix:///?socket=" + socket;
  }

  private Process server() {
    return servers.getLast();
  }

  private static boolean succeeds(String... words) throws Exception {
    return ProxyLab.run(words).status() == 0;
  }

  /** The commands run in processes of their own, which are gone when the device is used. */
  @Test
  void attach_exportOfAProxyThatIsKilledAndStarted_fileSystemGoesOn() throws Exception {
    ProxyLab.requireTools("mkfs.ext4");
    Path mount = directory.resolve("mnt");
    try (ProxyLab lab =
        new ProxyLab(directory, Map.of()).configure(ProxyLab.fileExport("data", "")).start()) {
      String uri = lab.uri("data").toString();
      Cli.Result first =
          cli.finish(
              cli.start(Main.class, words("attach", uri, "--trust-server", "--via", "fuse")));
      assertThat(first.status()).as(first.toString()).isZero();
      String device = first.json().get("device").asText();
      assertThat(first.json().get("name").asText()).isEqualTo("data");
      ProxyLab.mustRun("mkfs.ext4", "-q", device);
      assertThat(client("attach", uri).status()).as("the same name again").isEqualTo(5);
      assertThat(attached().findValuesAsText("device")).containsExactly(device);
      done("detach", "data");

      JsonNode mounted =
          done("attach", uri, "--trust-server", "--via", "fuse", "--mount", mount.toString());
      assertThat(mounted.get("mounted_on").get(0).asText()).isEqualTo(mount.toString());
      byte[] content =
          "plaintext of a client "
              .repeat(20_000)
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      Files.write(mount.resolve("before"), content);
      ProxyLab.mustRun("sync", "-f", mount.toString());
      lab.kill();
      CompletableFuture<Boolean> meanwhile =
          CompletableFuture.supplyAsync(() -> writeDurably(mount.resolve("meanwhile"), content));
      assertThat(meanwhile.completeOnTimeout(null, 1, TimeUnit.SECONDS).get())
          .as("it waits for the server")
          .isNull();
      lab.start();
      ProxyLab.mustRun("sync", "-f", mount.toString());
      assertThat(Files.readAllBytes(mount.resolve("meanwhile"))).isEqualTo(content);
      assertThat(attached().get(0).get("healthy").asBoolean()).isTrue();
      done("detach", "data");
      assertThat(attached()).isEmpty();

      assertThat(
              LabTest.contains(
                  Files.readAllBytes(directory.resolve("data.img")), Arrays.copyOf(content, 44)))
          .as("plaintext on the backing")
          .isFalse();
      done("attach", uri, "--read-only", "--via", "fuse", "--mount", mount.toString());
      assertThat(Files.readAllBytes(mount.resolve("before"))).isEqualTo(content);
      assertThat(Files.readAllBytes(mount.resolve("meanwhile"))).isEqualTo(content);
    }
  }

  private static boolean writeDurably(Path file, byte[] content) {
    try {
      Files.write(file, content);
      return succeeds("sync", file.toString());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void requests_serverGoneForGood_failAfterThePatienceAndItIsDetached() throws Exception {
    String uri = nbdkit();
    String device =
        done("attach", uri, "--name", "gone", "--patience", "2", "--via", "fuse")
            .get("device")
            .asText();
    assertThat(succeeds("dd", "if=" + device, "of=/dev/null", "bs=4k", "count=1", "iflag=direct"))
        .isTrue();
    String backing = backingFileOf(device);
    server().destroyForcibly().waitFor();

    long begin = System.nanoTime();
    assertThat(succeeds("dd", "if=/dev/zero", "of=" + device, "bs=4k", "count=1", "oflag=direct"))
        .isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(30));
    assertThat(done("detach", "gone").get("was_attached").asBoolean()).isTrue();
    assertThat(attached()).isEmpty();
    assertThat(backingFileOf(device)).as("the loop device is free").isNotEqualTo(backing);
  }

  /** Empty where the loop device is free; its number may be another test's by then. */
  private static String backingFileOf(String device) throws IOException {
    Path file =
        Path.of("/sys/block", Path.of(device).getFileName().toString(), "loop/backing_file");
    return Files.exists(file) ? Files.readString(file).strip() : "";
  }

  @Test
  void detach_servingProcessKilled_cleansUpAndTheNameIsFree() throws Exception {
    String uri = nbdkit();
    done("attach", uri, "--name", "crashed", "--via", "fuse");
    String pid = Files.readString(runtime.resolve("fuse/crashed/server.pid")).split(" ", 2)[0];
    ProcessHandle serving = ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    serving.destroyForcibly();
    serving.onExit().get(20, TimeUnit.SECONDS);

    JsonNode found = attached().get(0);
    assertThat(found.get("healthy").asBoolean()).isFalse();
    assertThat(found.get("problem").asText()).contains("server process has ended");
    JsonNode again = done("attach", uri, "--name", "crashed", "--via", "fuse");
    assertThat(again.get("healthy").asBoolean()).isTrue();
  }

  @Tag("long")
  @Test
  void attach_underTls_needsTheRightCertificate() throws Exception {
    ProxyLab.requireTools("openssl");
    Certificates certificates = Certificates.in(directory);
    Path folder = certificates.client("client");
    Path tls = directory.resolve("tls");
    Files.copy(tls.resolve("ca.pem"), tls.resolve("ca-cert.pem"));
    Files.copy(tls.resolve("server.pem"), tls.resolve("server-cert.pem"));
    Files.copy(tls.resolve("server.key"), tls.resolve("server-key.pem"));
    String plain = nbdkit("--tls=require", "--tls-certificates=" + tls, "--tls-verify-peer");
    String uri = plain.replace("nbd+unix", "nbds+unix");
    String authorities = tls.resolve("ca.pem").toString();

    assertThat(client("attach", plain, "--name", "x").status()).as("in the clear").isEqualTo(5);
    assertThat(client("attach", uri, "--name", "x", "--authorities", authorities).status())
        .as("without a certificate")
        .isEqualTo(5);
    JsonNode attached =
        done(
            "attach",
            uri,
            "--name",
            "x",
            "--via",
            "fuse",
            "--authorities",
            authorities,
            "--certificate",
            folder.resolve("client-cert.pem").toString(),
            "--key",
            folder.resolve("client-key.pem").toString());
    assertThat(attached.get("healthy").asBoolean()).isTrue();
  }

  @Tag("long")
  @Test
  void attach_mountWithoutAFileSystem_isRefusedAndLeavesNothing() throws Exception {
    String uri = nbdkit();
    Cli.Result refused =
        client(
            "attach",
            uri,
            "--name",
            "raw",
            "--via",
            "fuse",
            "--mount",
            directory.resolve("mnt").toString());

    assertThat(refused.status()).isEqualTo(4);
    assertThat(refused.out()).contains("EXPORT_UNSUITABLE");
    assertThat(attached()).isEmpty();
  }

  @Test
  void attach_wrongUse_isRefusedWithTheRule() {
    assertThat(client("attach", "http://x/y"))
        .satisfies(r -> assertThat(r.status()).isEqualTo(2))
        .satisfies(r -> assertThat(r.out()).contains("nbd+unix:///NAME?socket=PATH"));
    assertThat(client("attach", "nbd://localhost/A%20B").out()).contains("--name");
    assertThat(client("attach", "nbd://localhost/a", "--authorities", "/x").out())
        .contains("write nbds");
    assertThat(client("attach", "nbd://127.0.0.1:1/a"))
        .satisfies(r -> assertThat(r.status()).isEqualTo(5))
        .satisfies(r -> assertThat(r.out()).contains("EXPORT_UNREACHABLE"));
  }

  @Test
  void attach_viaAKernelWithoutNbd_namesWhatIsMissing() throws Exception {
    KernelNbd kernel = new KernelNbd(new SystemCommandRunner(), Path.of("/nowhere"));
    Assumptions.assumeTrue(
        kernel.unavailableBecause().isPresent(), "this kernel has network block devices");
    Cli.Result refused = client("attach", nbdkit(), "--name", "k", "--via", "kernel");

    assertThat(refused.status()).isEqualTo(5);
    assertThat(refused.out()).containsAnyOf("its module nbd is not there", "nbd-client");
    assertThat(attached()).isEmpty();
  }
}
