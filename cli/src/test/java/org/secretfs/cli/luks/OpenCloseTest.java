package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes as block devices of this machine, by the process that serves them over FUSE. */
class OpenCloseTest {
  private static final String NAME = "open-close-test";

  @TempDir private Path folder;

  @BeforeEach
  void requireFuse() {
    assumeTrue(
        Files.isWritable(Path.of("/dev/fuse")) && Files.isWritable(Path.of("/dev/loop-control")),
        "needs root, /dev/fuse and /dev/loop-control");
  }

  private LuksCli.Result luks(String input, Object... words) {
    Object[] all = Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--runtime-directory";
    all[words.length + 1] = folder.resolve("run");
    return run(input, all);
  }

  private void opensWritesCloses(Path data, Object... header) throws Exception {
    luks("wrong\n", "open", "--attachment", "fuse", header, data, NAME).failed(3, "NO_KEYSLOT");
    assertThat(luks("", "status", NAME).status()).isEqualTo(4);
    JsonNode opened =
        luks("first\n", "open", "--json", "--attachment", "fuse", header, data, NAME).done().json();
    try {
      Path device = Path.of(opened.get("opened_device").asText());
      assertThat(luks("", "status", NAME).done().out()).contains(device + " is active");
      Files.write(
          device,
          "through the kernel".getBytes(StandardCharsets.UTF_8),
          StandardOpenOption.WRITE,
          StandardOpenOption.SYNC);
    } finally {
      luks("", "close", NAME).done();
    }
    luks("", "luksClose", NAME).failed(4, "no volume is open");
    assertThat(run("first\n", "read", "--length", "18", header, data).done().out())
        .isEqualTo("through the kernel");
  }

  @Test
  void open_luks2_writesThroughADeviceThatCloses() throws Exception {
    Path image = LuksCli.file(folder, "image", 20 << 20);
    run("first\n", "format", CHEAP, image).done();
    opensWritesCloses(image);
  }

  @Test
  void open_detachedTwofish_writesThroughADeviceThatCloses() throws Exception {
    Path data = LuksCli.file(folder, "data", 4 << 20);
    Path header = folder.resolve("header");
    run("first\n", "format", CHEAP, "-c", "twofish-xts-plain64", "--header", header, data).done();
    opensWritesCloses(data, "--header", header);
  }

  @Test
  void open_luks1ReadOnly_cannotBeWritten() throws Exception {
    Path image = LuksCli.file(folder, "image", 8 << 20);
    run("first\n", "format", CHEAP, "--type", "luks1", image).done();
    JsonNode opened =
        luks("first\n", "open", "--json", "-r", "--attachment", "fuse", image, NAME).done().json();
    Path flag =
        Path.of("/sys/class/block")
            .resolve(Path.of(opened.get("opened_device").asText()).getFileName())
            .resolve("ro");
    assertThat(Files.readString(flag).strip()).isEqualTo("1");
    luks("", "close", NAME).done();
  }

  @Test
  void open_fileInUse_hasOneWriterAndAnyReaders() throws Exception {
    Path image = LuksCli.file(folder, "image", 20 << 20);
    Path key = LuksCli.text(folder, "key", "first");
    run("first\n", "format", CHEAP, image).done();
    luks("first\n", "open", "--attachment", "fuse", image, NAME).done();
    try {
      run("data", "write", "--key-file", key, image).failed(5, "DEVICE_IN_USE");
      luks("first\n", "open", "--attachment", "fuse", image, NAME + "-2").failed(5, "BUSY");
      luks("first\n", "open", "-r", "--attachment", "fuse", image, NAME + "-3").failed(5, "BUSY");
      run("", "convert", "-q", "--type", "luks1", image).failed(5, "DEVICE_IN_USE");
      run("", "format", "-q", image, key).failed(5, "DEVICE_IN_USE");
      run("first\n", "open", "--test-passphrase", image).done();
      run("", "dump", image).done();
      run("first\n", "read", "--length", "512", image).done();
      run("first\nsecond\n", "add-key", CHEAP, image).done();
    } finally {
      luks("", "close", NAME).done();
    }
    run("data", "write", "--key-file", key, image).done();
  }

  @Test
  void open_withoutNameOrTest_isWrongUsage() throws Exception {
    Path image = LuksCli.file(folder, "image", 20 << 20);
    run("first\n", "format", CHEAP, image).done();
    run("first\n", "open", image).failed(2, "needs a NAME");
  }
}
