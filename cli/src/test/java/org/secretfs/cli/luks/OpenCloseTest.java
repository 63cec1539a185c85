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
      JsonNode status = luks("", "status", "--json", NAME).done().json();
      assertThat(status.get("opened_device").asText()).isEqualTo(device.toString());
      assertThat(status.get("device").asText()).isEqualTo(data.toString());
      assertThat(status.has("header")).isEqualTo(header.length > 0);
      assertThat(status.get("mode").asText()).isEqualTo("read/write");
      assertAgrees(status, header.length == 0 ? data : header[1]);
      assertThat(status.get("size").asLong())
          .isEqualTo(Files.size(data) - status.get("offset").asLong());
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

  /** What cryptsetup says of the header is what status says. */
  private static void assertAgrees(JsonNode status, Object header) throws Exception {
    String dump = LuksCli.cryptsetup("", "luksDump", header).done().out();
    assertThat(dump.replaceAll("[ \\t]+", " "))
        .contains(
            "UUID: " + status.get("uuid").asText(),
            "cipher: " + status.get("cipher").asText(),
            "sector: " + status.get("sector_size").asText() + " [bytes]",
            "offset: " + status.get("offset").asText() + " [bytes]",
            "Key: " + status.get("key_size").asText() + " bits");
    assertThat(status.get("type").asText()).isEqualTo("luks2");
  }

  @Test
  void status_inReencryption_saysHowFarItIs() throws Exception {
    Path image = LuksCli.file(folder, "image", 20 << 20);
    Path key = LuksCli.text(folder, "key", "first");
    run("", "format", CHEAP, image, key).done();
    run("", "reencrypt", "--init-only", "--key-file", key, image).done();
    luks("", "open", "--key-file", key, "--attachment", "fuse", image, NAME).done();
    try {
      JsonNode status = luks("", "status", "--json", NAME).done().json();
      assertThat(status.at("/reencryption/progress/done_bytes").asLong()).isZero();
      assertThat(status.at("/reencryption/progress/size").asLong()).isEqualTo(4 << 20);
      assertThat(luks("", "status", NAME).done().out())
          .contains("reencrypt, checksum, 0.0 % done", "type:         LUKS2", "read/write");
    } finally {
      luks("", "close", NAME).done();
    }
  }

  @Test
  void open_anotherProcessReencryptsIt_isRefusedAsBusy() throws Exception {
    Path image = LuksCli.file(folder, "image", 24 << 20);
    Path key = LuksCli.text(folder, "key", "first");
    run("", "format", CHEAP, image, key).done();
    Process other =
        LuksCli.start(
            "reencrypt",
            "--key-file",
            key,
            "--throttle",
            "256k",
            "--hotzone-size",
            "64k",
            "--progress-json",
            "--progress-frequency",
            "0",
            image);
    try {
      assertThat(other.inputReader().readLine()).contains("device_bytes");
      luks("", "open", "-d", key, "--attachment", "fuse", image, NAME).failed(5, "in use");
      run("", "open", "--test-passphrase", "-d", key, image).done();
      JsonNode progress =
          run("", "dump", "--json", image).done().json().at("/reencryption/progress");
      assertThat(progress.get("done_bytes").asLong()).isPositive().isLessThan(8 << 20);
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertThat(luks("", "status", NAME).status()).isEqualTo(4);
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
    JsonNode status = luks("", "status", "--json", NAME).done().json();
    assertThat(status.get("mode").asText()).isEqualTo("read-only");
    assertThat(status.get("type").asText()).isEqualTo("luks1");
    assertThat(status.get("key_size").asInt()).isEqualTo(512);
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
