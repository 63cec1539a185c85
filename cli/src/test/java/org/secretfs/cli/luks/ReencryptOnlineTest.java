package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.secretfs.cli.luks.LuksCli.CHEAP;
import static org.secretfs.cli.luks.LuksCli.cryptsetupOpens;
import static org.secretfs.cli.luks.LuksCli.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.Reencryption;

/**
 * Re-encryption of a volume while the process that serves it goes on serving it: under a load that
 * verifies what it reads, and with either process killed in between.
 */
class ReencryptOnlineTest {
  private static final String NAME = "reencrypt-online-test";
  private static final int OFFSET_BYTES = 2 << 20;
  private static final int DATA_BYTES = 8 << 20;
  private static final int BLOCK_BYTES = 4096;

  @TempDir private Path folder = Path.of("");

  private Path key = Path.of("");
  private Path image = Path.of("");
  private byte[] model = new byte[0];

  @BeforeEach
  void makeVolume() throws Exception {
    assumeTrue(
        Files.isWritable(Path.of("/dev/fuse")) && Files.isWritable(Path.of("/dev/loop-control")),
        "needs root, /dev/fuse and /dev/loop-control");
    key = LuksCli.text(folder, "key", "first");
    image = LuksCli.file(folder, "image", OFFSET_BYTES + DATA_BYTES);
    run("", "format", CHEAP, "--offset", OFFSET_BYTES / 512, image, key).done();
    model = new byte[DATA_BYTES];
    new SplittableRandom(1).nextBytes(model);
    Path plain = Files.write(folder.resolve("plain"), model);
    run(Files.newInputStream(plain), "write", "--key-file", key, image).done();
  }

  @AfterEach
  void close() throws Exception {
    if (Files.exists(folder.resolve("run").resolve(NAME))) {
      luks("close", NAME).done();
    }
  }

  private LuksCli.Result luks(Object... words) {
    return run("", words, "--runtime-directory", folder.resolve("run"));
  }

  private Path open() throws Exception {
    return Path.of(
        luks("open", "--json", "--attachment", "fuse", "--key-file", key, image, NAME)
            .done()
            .json()
            .get("opened_device")
            .asText());
  }

  private LuksCli.Result reencrypt(Object... words) {
    return luks("reencrypt", "--key-file", key, "--active-name", NAME, words, image);
  }

  private boolean isUnderWay() throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(image)) {
      return Reencryption.status(storage).isPresent();
    }
  }

  /** Past the kernel's cache, so that every request reaches the process that serves. */
  private static BlockDevice direct(Path device) throws IOException {
    return FileBlockDevice.open(device, FileBlockDevice.Caching.DIRECT);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocateDirect(bytes + BLOCK_BYTES).alignedSlice(BLOCK_BYTES).limit(bytes);
  }

  /** Writes blocks at random, reads others back, until told to end; returns how many it did. */
  private int load(BlockDevice device, Thread until) throws IOException {
    SplittableRandom random = new SplittableRandom(2);
    byte[] block = new byte[BLOCK_BYTES];
    ByteBuffer buffer = buffer(BLOCK_BYTES);
    int requests = 0;
    for (; until.isAlive(); requests++) {
      int at = random.nextInt(DATA_BYTES / BLOCK_BYTES) * BLOCK_BYTES;
      if (random.nextBoolean()) {
        random.nextBytes(block);
        System.arraycopy(block, 0, model, at, BLOCK_BYTES);
        device.write(buffer.clear().limit(BLOCK_BYTES).put(block).flip(), at);
      } else {
        device.read(buffer.clear().limit(BLOCK_BYTES), at);
        buffer.flip().get(block);
        assertThat(Arrays.equals(block, 0, BLOCK_BYTES, model, at, at + BLOCK_BYTES)).isTrue();
      }
    }
    return requests;
  }

  private void requireAllServed(Path device) throws IOException {
    ByteBuffer whole = buffer(DATA_BYTES);
    try (BlockDevice channel = direct(device)) {
      channel.read(whole, 0);
    }
    assertThat(whole.flip().mismatch(ByteBuffer.wrap(model))).isEqualTo(-1);
  }

  /** What is on the disk, read by another process than the one that served it. */
  private void requireAllStored() throws Exception {
    assertThat(isUnderWay()).isFalse();
    assertThat(cryptsetupOpens(image, "first")).isTrue();
    Path device = open();
    requireAllServed(device);
    luks("close", NAME).done();
  }

  @Test
  void reencrypt_underAVerifyingLoad_losesNothingAndTheDeviceStays() throws Exception {
    Path device = open();
    FutureTask<LuksCli.Result> command =
        new FutureTask<>(() ->
            reencrypt("--throttle", "6MiB", "--hotzone-size", "256KiB", "--sector-size", "512"));
    Thread running = Thread.ofPlatform().daemon().start(command);
    try (BlockDevice channel = direct(device)) {
      assertThat(load(channel, running)).isGreaterThan(20);
    }
    command.get(60, TimeUnit.SECONDS).done();
    assertThat(isUnderWay()).isFalse();
    requireAllServed(device);
    // A second one begins where the first ended, in the same process.
    reencrypt("--sector-size", "4096").done();
    requireAllServed(device);
    luks("close", NAME).done();
    requireAllStored();
  }

  @Test
  void reencrypt_clientKilledThenServerKilled_isServedInPartsAndFinished() throws Exception {
    Path device = open();
    reencrypt("--init-only").done();
    Process client =
        LuksCli.start(
            "reencrypt",
            "--key-file",
            key,
            "--active-name",
            NAME,
            "--throttle",
            "1MiB",
            "--hotzone-size",
            "128KiB",
            "--progress-json",
            "--progress-frequency",
            "0",
            "--runtime-directory",
            folder.resolve("run"),
            image);
    assertThat(client.getInputStream().read()).isNotNegative();
    client.destroyForcibly().waitFor();
    requireAllServed(device);
    killServer();
    assertThat(isUnderWay()).isTrue();
    luks("close", NAME).done();
    Path reopened = open();
    requireAllServed(reopened);
    reencrypt("--resume-only").done();
    requireAllServed(reopened);
    luks("close", NAME).done();
    requireAllStored();
  }

  private void killServer() throws Exception {
    String note = Files.readString(folder.resolve("run").resolve(NAME).resolve("server.pid"));
    ProcessHandle server = ProcessHandle.of(Long.parseLong(note.split(" ", 2)[0])).orElseThrow();
    assertThat(server.destroyForcibly()).isTrue();
    server.onExit().get(10, TimeUnit.SECONDS);
  }

  @Test
  void reencrypt_volumeInUseWithoutItsName_isRefusedAndNamesTheOption() throws Exception {
    Path _ = open();
    byte[] before = Files.readAllBytes(image);
    run("", "reencrypt", "--key-file", key, image).failed(5, "--active-name");
    assertThat(Files.readAllBytes(image)).isEqualTo(before);
  }

  @Test
  void reencrypt_otherVolumeThanTheOneServed_isRefusedBeforeAnythingIsWritten() throws Exception {
    Path _ = open();
    Path other = LuksCli.file(folder, "other", OFFSET_BYTES + DATA_BYTES);
    run("", "format", CHEAP, "--offset", OFFSET_BYTES / 512, other, key).done();
    byte[] before = Files.readAllBytes(other);
    luks("reencrypt", "--key-file", key, "--active-name", NAME, other).failed(4, "with the header");
    luks("reencrypt", "--key-file", key, "--active-name", "nobody", other).failed(4, "no process");
    assertThat(Files.readAllBytes(other)).isEqualTo(before);
  }
}
