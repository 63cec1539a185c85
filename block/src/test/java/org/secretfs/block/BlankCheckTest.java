package org.secretfs.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What counts as blank. */
class BlankCheckTest {
  private static final long TIB = 1L << 40;

  @TempDir Path folder;

  private BlankCheck check(long sizeBytes, long offset, byte[] content) throws IOException {
    Path image = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(0);
      file.setLength(sizeBytes);
      file.seek(offset);
      file.write(content);
    }
    try (FileBlockDevice device = FileBlockDevice.openReadOnly(image)) {
      return BlankCheck.of(device);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 511, 4096, (1 << 20) + 1, 5 << 20})
  void of_zeroes_isBlank(long sizeBytes) throws Exception {
    assertThat(check(sizeBytes, 0, new byte[0]).isBlank()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 1 << 20, (2 << 20) - 1, 3_000_000, (5 << 20) - 1})
  void of_oneByteAnywhere_isFound(long offset) throws Exception {
    BlankCheck check = check(5 << 20, offset, new byte[] {1});
    assertThat(check.isBlank()).isFalse();
    assertThat(check.firstNonZeroBytes()).hasValue(offset);
    assertThat(check.signature()).isEmpty();
  }

  /** Four TiB are proven blank at once, and one byte in them is found. */
  @Test
  void of_hugeSparseFile_readsItsDataOnly() throws Exception {
    assertThat(check(4 * TIB, 0, new byte[0]).isBlank()).isTrue();
    assertThat(check(4 * TIB, 3 * TIB + 5, new byte[] {1}).firstNonZeroBytes())
        .hasValue(3 * TIB + 5);
  }

  @Test
  void of_signature_isNamed() throws Exception {
    BlankCheck check = check(1 << 20, 65600, "_BHRfS_M".getBytes(StandardCharsets.US_ASCII));
    assertThat(check.signature()).hasValue("btrfs (at 65600)");
    assertThat(check.firstNonZeroBytes()).hasValue(65600);
  }

  @Test
  void of_allOnes_isNotBlank() throws Exception {
    byte[] ones = new byte[4096];
    java.util.Arrays.fill(ones, (byte) 0xFF);
    assertThat(check(4096, 0, ones).firstNonZeroBytes()).hasValue(0);
  }

  @Test
  void plan_upTo4Gib_isTheWhole() {
    assertThat(BlankPlan.of(4L << 30, true)).containsExactly(new BlankPlan.Range(0, 4L << 30));
    assertThat(BlankPlan.of(TIB, false)).containsExactly(new BlankPlan.Range(0, TIB));
  }

  @ParameterizedTest
  @ValueSource(longs = {(4L << 30) + 512, 100L << 30, 7 * TIB + 512})
  void plan_largeDevice_samplesEdgesAndEvenlyBetween(long sizeBytes) {
    List<BlankPlan.Range> ranges = BlankPlan.of(sizeBytes, true);
    assertThat(ranges).hasSize(4098);
    assertThat(ranges.get(0)).isEqualTo(new BlankPlan.Range(0, 64 << 20));
    assertThat(ranges.get(1)).isEqualTo(new BlankPlan.Range(sizeBytes - (64 << 20), sizeBytes));
    List<BlankPlan.Range> samples = ranges.subList(2, ranges.size());
    assertThat(samples).isSortedAccordingTo(Comparator.comparingLong(BlankPlan.Range::beginBytes));
    assertThat(samples.getFirst().beginBytes()).isEqualTo(64 << 20);
    assertThat(samples.getLast().endBytes())
        .isBetween(sizeBytes - (64 << 20) - 4096, sizeBytes - (64 << 20));
    assertThat(samples).allMatch(range -> range.endBytes() - range.beginBytes() == 64 << 10);
  }

  @Test
  void of_largeDevice_seesWhatLiesInASampleOnly() throws Exception {
    long size = 6 * TIB;
    BlankPlan.Range sample = BlankPlan.of(size, true).get(2000);
    assertThat(BlankCheck.of(new OneByteDevice(size, sample.endBytes() - 1), true).isBlank())
        .isFalse();
    assertThat(BlankCheck.of(new OneByteDevice(size, size - 1), true).firstNonZeroBytes())
        .hasValue(size - 1);
    assertThat(BlankCheck.of(new OneByteDevice(size, sample.endBytes()), true).isBlank()).isTrue();
  }

  /** A huge device of zeroes but for one byte. */
  private record OneByteDevice(long sizeBytes, long byteOffset) implements BlockDevice {
    @Override
    public void read(ByteBuffer target, long offsetBytes) {
      for (long at = offsetBytes; target.hasRemaining(); at++) {
        target.put((byte) (at == byteOffset ? 1 : 0));
      }
    }

    @Override
    public void write(ByteBuffer source, long offsetBytes) throws IOException {
      throw new IOException("a blank check never writes");
    }

    @Override
    public void flush() throws IOException {
      throw new IOException("a blank check never writes");
    }

    @Override
    public void trim(long offsetBytes, long lengthBytes) throws IOException {
      throw new IOException("a blank check never writes");
    }

    @Override
    public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
      throw new IOException("a blank check never writes");
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }
}
