package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.BlockDeviceStorage;
import org.secretfs.block.FaultyBlockDevice;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.KdfParameters;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksProbe;
import software.amazon.awssdk.core.SdkBytes;

/** What the tests of a volume's life share: a lab that is taken down at the end. */
abstract class LabTest {
  static final String TEXT = "what the applications wrote ".repeat(50);

  @TempDir Path directory = Path.of("unset");
  Lab lab;

  @BeforeEach
  void start() throws Exception {
    lab = Lab.in(directory);
  }

  @AfterEach
  void stop() throws Exception {
    lab.end();
  }

  void upMustSucceed() throws Exception {
    Cli.Result result = lab.up();
    assertThat(result.status()).as(result.toString()).isZero();
  }

  void writeText() throws Exception {
    Files.writeString(lab.mount().resolve("file"), TEXT);
    Lab.tool("sync", lab.mount().resolve("file").toString());
  }

  void assertText() throws Exception {
    assertThat(lab.mount().resolve("file")).hasContent(TEXT);
  }

  byte[] headerArea() throws IOException {
    try (var in = Files.newInputStream(lab.backing())) {
      return in.readNBytes(16 << 20);
    }
  }

  void flip(long offset, int length) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(lab.backing().toFile(), "rw")) {
      byte[] bytes = new byte[length];
      file.seek(offset);
      file.readFully(bytes);
      for (int i = 0; i < length; i++) {
        bytes[i] ^= 0x5a;
      }
      file.seek(offset);
      file.write(bytes);
    }
  }

  /** Leaves what a format of ours leaves that was cut off where it shows. */
  void markUnfinished() throws Exception {
    for (int operations = 1; operations < 50; operations++) {
      byte[] image = cutShort(operations);
      if (kindOf(image) == LuksProbe.Kind.UNFINISHED_FORMAT) {
        Files.write(lab.backing(), image);
        return;
      }
    }
    throw new AssertionError("no cut leaves an unfinished format that shows");
  }

  static byte[] cutShort(int operations) throws Exception {
    FaultyBlockDevice device = new FaultyBlockDevice(new byte[64 << 20]).failAfter(operations);
    FormatOptions options = FormatOptions.builder(new KdfParameters.Pbkdf2("sha256", 1000)).build();
    try (SecretBuffer secret = SecretBuffer.random(32)) {
      Luks2Volume.format(BlockDeviceStorage.owning(device), options, secret);
    } catch (IOException e) {
      // The cut that was asked for.
      assertThat(e).isNotNull();
    }
    return device.content();
  }

  static LuksProbe.Kind kindOf(byte[] image) throws Exception {
    return LuksProbe.probe(BlockDeviceStorage.owning(new FaultyBlockDevice(image))).kind();
  }

  byte[] encrypt(String plaintext) {
    return lab.kms()
        .encrypt(r ->
            r.keyId(Lab.ALIAS)
                .plaintext(SdkBytes.fromUtf8String(plaintext))
                .encryptionContext(Map.of("volume", Lab.VOLUME)))
        .ciphertextBlob()
        .asByteArray();
  }

  byte[] readWrapped() {
    try {
      return Files.readAllBytes(lab.wrapped());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  void killServer() throws Exception {
    ProcessHandle server = ProcessHandle.of(serverPid()).orElseThrow();
    server.destroyForcibly();
    server.onExit().get(30, TimeUnit.SECONDS);
  }

  long serverPid() throws IOException {
    try (var files = Files.walk(directory.resolve("run"), 3)) {
      Path pid =
          files.filter(f -> f.getFileName().toString().endsWith(".pid")).findFirst().orElseThrow();
      return Long.parseLong(Files.readString(pid).strip().replaceAll("\\s.*", ""));
    }
  }

  static boolean contains(byte[] hay, byte[] needle) {
    for (int i = 0; i + needle.length <= hay.length; i++) {
      if (Arrays.equals(hay, i, i + needle.length, needle, 0, needle.length)) {
        return true;
      }
    }
    return false;
  }
}
