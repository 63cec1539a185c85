package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.attach.Command;
import org.secretfs.attach.SystemCommandRunner;
import org.secretfs.cli.Main;

/** The first thing that a new user runs, in processes of its own. */
class QuickstartTest {
  /** Needs escapes in YAML. */
  private static final String MOUNT = "m \"n\\t";

  @TempDir private Path directory = Path.of("unset");

  private Cli.Result quickstart(String... more) throws Exception {
    String[] arguments = {
      "quickstart",
      "--dir",
      directory.resolve("q").toString(),
      "--mount",
      directory.resolve(MOUNT).toString(),
      "--size",
      "64MiB"
    };
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    Cli cli = new Cli(Map.of());
    return cli.finish(cli.start(Main.class, all));
  }

  @Test
  void quickstart_twiceThenRemove_mountsProvesAndLeavesNothing() throws Exception {
    Lab.requireAttachable();
    try {
      Cli.Result first = quickstart();
      assertThat(first.status()).as(first.toString()).isZero();
      assertThat(first.out())
          .contains(
              "its bytes are nowhere in",
              "aes-xts-plain64",
              "the chain of hashes is intact",
              "the data is still there",
              "up refused and changed nothing",
              "with the key enabled the data is back",
              "What runs where");
      assertThat(directory.resolve(MOUNT).resolve("quickstart.txt")).exists();
      Path credentials = directory.resolve("q/aws.env");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(credentials)))
          .isEqualTo("rw-------");
      assertThat(credentials)
          .content()
          .matches(
              """
              export AWS_ACCESS_KEY_ID=AKIA[A-Z0-9]{16}
              export AWS_SECRET_ACCESS_KEY=\\S{40}
              export AWS_DEFAULT_REGION=us-east-1
              export AWS_ENDPOINT_URL_KMS=http://127\\.0\\.0\\.1:\\d+
              """);
      String before = Files.readString(credentials);
      Cli.Result second = quickstart();
      assertThat(second.status()).as(second.toString()).isZero();
      assertThat(credentials).hasContent(before);
    } finally {
      Cli.Result removed = quickstart("--remove");
      assertThat(removed.status()).as(removed.toString()).isZero();
    }
    assertThat(directory.resolve("q")).doesNotExist();
    assertThat(directory.resolve(MOUNT).resolve("quickstart.txt")).doesNotExist();
  }

  /** A folder as quickstart makes it, of which a removal that was cut short left the last files. */
  private Path folderAlmostRemoved() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("q"));
    Files.writeString(folder.resolve(".secretfs-quickstart"), "made by secretfs quickstart\n");
    Files.writeString(
        folder.resolve("secretfs.yaml"),
        """
        state_directory: state
        runtime_directory: run
        audit_trails: [keymanager-audit]
        volumes:
          quickstart:
            file: disk.img
            size: 64MiB
            key_source:
              kms:
                key: alias/EncFSForEC2InternalStorageKey
                region: us-east-1
                endpoint: http://127.0.0.1:8600
                encryption_context: {volume: quickstart}
              wrapped_secret: {directory: bucket}
            filesystem: ext4
            mount: "%s"
        """
            .formatted(directory.resolve("mnt")));
    return folder;
  }

  @Test
  void remove_mountBelowTheFolder_isRefusedAndDeletesNothing() throws Exception {
    Path precious = Files.createDirectory(directory.resolve("precious"));
    Files.writeString(precious.resolve("file"), "data");
    Path folder = folderAlmostRemoved();
    Path bound = Files.createDirectory(folder.resolve("bound"));
    assumeTrue(
        bind(precious, bound), "mount --bind is not allowed here (needs root and CAP_SYS_ADMIN)");
    try {
      Cli.Result refused = quickstart("--remove");
      assertThat(refused.status()).as(refused.toString()).isEqualTo(2);
      assertThat(refused.err()).contains("mounted on " + bound.toRealPath());
      assertThat(precious.resolve("file")).hasContent("data");
      assertThat(folder.resolve("secretfs.yaml")).exists();
    } finally {
      Lab.tool("umount", bound.toString());
    }
    Cli.Result removed = quickstart("--remove");
    assertThat(removed.status()).as(removed.toString()).isZero();
    assertThat(folder).doesNotExist();
    assertThat(precious.resolve("file")).hasContent("data");
  }

  private static boolean bind(Path source, Path target) throws Exception {
    return new SystemCommandRunner()
            .run(Command.of("mount", "--bind", source.toString(), target.toString()))
            .exitStatus()
        == 0;
  }

  @Test
  void remove_symbolicLinkInTheFolder_leavesWhatItNames() throws Exception {
    Path precious = Files.createDirectory(directory.resolve("precious"));
    Files.writeString(precious.resolve("file"), "data");
    Path folder = folderAlmostRemoved();
    Files.createSymbolicLink(folder.resolve("link"), precious);
    Cli.Result removed = quickstart("--remove");
    assertThat(removed.status()).as(removed.toString()).isZero();
    assertThat(folder).doesNotExist();
    assertThat(precious.resolve("file")).hasContent("data");
  }

  @Test
  void remove_folderIsASymbolicLink_isRefused() throws Exception {
    Path real = Files.move(folderAlmostRemoved(), directory.resolve("real"));
    Files.createSymbolicLink(directory.resolve("q"), real);
    Cli.Result refused = quickstart("--remove");
    assertThat(refused.status()).as(refused.toString()).isEqualTo(2);
    assertThat(real.resolve("secretfs.yaml")).exists();
  }

  @Test
  void quickstart_strangerAnswersAtThePort_isRefused() throws Exception {
    HttpServer stranger =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    stranger.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    stranger.start();
    try {
      Path folder = folderAlmostRemoved();
      Files.writeString(
          folder.resolve("keymanager.yaml"),
          """
          listen: 127.0.0.1:%d
          state_directory: keymanager
          root_key_file: root.key
          audit_directory: keymanager-audit
          """
              .formatted(stranger.getAddress().getPort()));
      Cli.Result refused = quickstart();
      assertThat(refused.status()).as(refused.toString()).isNotZero();
      assertThat(refused.err()).contains("is not started", "answers at http://127.0.0.1:");
    } finally {
      stranger.stop(0);
    }
  }

  @Test
  void remove_folderOfSomebodyElse_isRefused() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("q"));
    Files.writeString(folder.resolve("precious"), "data");
    Cli.Result refused = quickstart("--remove");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(folder.resolve("precious")).exists();
  }

  @Test
  void quickstart_folderOfSomebodyElse_isRefused() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("q"));
    Files.writeString(folder.resolve("precious"), "data");
    Cli.Result refused = quickstart();
    assertThat(refused.status()).isEqualTo(2);
    assertThat(folder).isDirectoryNotContaining(f -> f.toString().endsWith("aws.env"));
  }
}
