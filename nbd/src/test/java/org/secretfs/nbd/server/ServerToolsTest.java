package org.secretfs.nbd.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.TestExports;
import org.secretfs.nbd.TestServer;
import org.secretfs.nbd.Tools;

/** The clients of others, each against our server. */
class ServerToolsTest {
  private static final int SIZE_BYTES = 16 << 20;

  @TempDir private Path folder;
  private TestServer server;

  @BeforeEach
  void serve() throws IOException {
    server =
        new TestServer(
            TestExports.of("", new InMemoryBlockDevice(SIZE_BYTES))
                .add("other", new InMemoryBlockDevice(1 << 20), t -> t.readOnlyToo()));
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  private Path noise() throws IOException {
    byte[] bytes = new byte[SIZE_BYTES];
    new SplittableRandom(1).nextBytes(bytes);
    return Files.write(folder.resolve("noise"), bytes);
  }

  @Test
  void nbdinfo_export_showsWhatIsOffered() throws Exception {
    String info = Tools.run("nbdinfo", server.uri());

    assertThat(info)
        .contains("newstyle-fixed", "using structured packets", "export-size: " + SIZE_BYTES)
        .contains("base:allocation", "can_multi_conn: true", "can_trim: false", "can_df: true");
    assertThat(Tools.run("nbdinfo", "--list", server.uri())).contains("export=\"other\"");
    assertThat(Tools.run("nbdinfo", "--map", server.uri())).contains("data");
    Tools.Result readOnly =
        Tools.start("nbdinfo", "--is", "readonly", server.uri().replace("///", "///other"));
    assertThat(readOnly.status()).isZero();
  }

  @Test
  void nbdcopy_thereAndBack_isTheSame() throws Exception {
    Path noise = noise();
    Path back = folder.resolve("back");
    Tools.run("nbdcopy", "--connections=4", "--flush", noise, server.uri());
    Tools.run("nbdcopy", "--connections=4", server.uri(), back);

    assertThat(Files.mismatch(noise, back)).isEqualTo(-1);
  }

  @Test
  void nbddump_start_showsIt() throws Exception {
    Tools.run("nbdcopy", noise(), server.uri());

    assertThat(Tools.run("nbddump", "--length=16", server.uri())).startsWith("0000");
  }

  @Test
  void qemuImg_convertAndCompare_isTheSame() throws Exception {
    Path noise = noise();
    Tools.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", noise, server.uri());

    assertThat(Tools.run("qemu-img", "compare", "-f", "raw", "-F", "raw", noise, server.uri()))
        .contains("identical");
  }

  @Test
  void qemuIo_unalignedZeroesFuaFlush_verify() throws Exception {
    String output =
        Tools.run(
            "qemu-io",
            "-f",
            "raw",
            "-c",
            "write -P 7 4097 70000",
            "-c",
            "write -z 5000 10000",
            "-c",
            "write -f -P 9 0 512",
            "-c",
            "flush",
            "-c",
            "read -P 0 5000 10000",
            "-c",
            "read -P 7 15000 59000",
            "-c",
            "read -P 9 0 512",
            server.uri());

    assertThat(output).doesNotContain("failed");
  }

  @Test
  void fio_randomWritesWithVerify_findsNoError() throws Exception {
    String output =
        Tools.run(
            "fio",
            "--name=v",
            "--ioengine=nbd",
            "--uri=" + server.uri(),
            "--rw=randwrite",
            "--bsrange=512-64k",
            "--iodepth=16",
            "--size=" + SIZE_BYTES,
            "--verify=crc32c",
            "--verify_fatal=1",
            "--minimal");

    assertThat(output).doesNotContain("verify failed");
  }

  @Test
  void nbdfuse_file_readsAndWritesTheExport() throws Exception {
    Tools.require("nbdfuse");
    org.junit.jupiter.api.Assumptions.assumeTrue(
        Files.isWritable(Path.of("/dev/fuse")), "/dev/fuse cannot be used here");
    Path mount = Files.createDirectory(folder.resolve("mnt"));
    Process fuse =
        new ProcessBuilder("nbdfuse", mount.toString(), server.uri()).inheritIO().start();
    try {
      Path file = mount.resolve("nbd");
      for (int i = 0; i < 500 && !Files.exists(file); i++) {
        Thread.sleep(20);
      }
      Path noise = noise();
      Tools.run("dd", "if=" + noise, "of=" + file, "bs=1M", "conv=notrunc,fsync");
      assertThat(Files.mismatch(noise, file)).isEqualTo(-1);
    } finally {
      Tools.start("fusermount3", "-u", mount);
      fuse.waitFor(5, java.util.concurrent.TimeUnit.SECONDS);
      fuse.destroyForcibly();
    }
  }
}
