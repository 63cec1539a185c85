package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.cli.Main;

/** The first thing that a new user runs, in processes of its own. */
class QuickstartTest {
  @TempDir private Path directory = Path.of("unset");

  private Cli.Result quickstart(String... more) throws Exception {
    String[] arguments = {
      "quickstart",
      "--dir",
      directory.resolve("q").toString(),
      "--mount",
      directory.resolve("mnt").toString(),
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
      assertThat(directory.resolve("mnt/quickstart.txt")).exists();
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
    assertThat(directory.resolve("mnt/quickstart.txt")).doesNotExist();
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
