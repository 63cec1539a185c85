package org.secretfs.cli.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.secretfs.cli.luks.LuksCli.cryptsetup;
import static org.secretfs.cli.luks.LuksCli.cryptsetupOpens;
import static org.secretfs.cli.luks.LuksCli.run;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Volumes of every shape, both ways: made here, opened by cryptsetup and decrypted in place by it;
 * made by cryptsetup, opened and read here. On this host cryptsetup has no kernel to help it, so
 * that only AES can be compared by its data; other ciphers are compared in the virtual machine.
 */
class InteropMatrixTest {
  private static final List<String> TYPES = List.of("luks1", "luks2");
  private static final List<Integer> SECTOR_SIZES = List.of(512, 1024, 2048, 4096);
  private static final List<Integer> KEY_BITS = List.of(256, 512);
  private static final List<String> KDFS = List.of("pbkdf2", "argon2i", "argon2id");
  private static final List<Long> SIZES = List.of(1L << 20, (3L << 20) + 4096);
  private static final String LETTER = "a letter that must come out as it went in";

  @TempDir private Path folder;

  /** One shape of a volume. */
  record Shape(
      String type, int keyBits, int sectorSize, String kdf, boolean detached, long dataBytes) {
    boolean exists() {
      return type.equals("luks2") || (sectorSize == 512 && kdf.equals("pbkdf2"));
    }

    Object[] options() {
      List<Object> options = new ArrayList<>(List.of("--type", type, "--key-size", keyBits));
      if (type.equals("luks2")) {
        options.addAll(List.of("--sector-size", sectorSize, "--pbkdf", kdf));
      }
      boolean cheap = kdf.equals("pbkdf2");
      options.addAll(List.of("--pbkdf-force-iterations", cheap ? 1000 : 4));
      if (!cheap) {
        options.addAll(List.of("--pbkdf-memory", 32768, "--pbkdf-parallel", 1));
      }
      return options.toArray();
    }
  }

  static List<Shape> all() {
    List<Shape> shapes = new ArrayList<>();
    for (String type : TYPES) {
      for (int bits : KEY_BITS) {
        for (int sector : SECTOR_SIZES) {
          for (String kdf : KDFS) {
            for (long size : SIZES) {
              shapes.add(new Shape(type, bits, sector, kdf, false, size));
              shapes.add(new Shape(type, bits, sector, kdf, true, size));
            }
          }
        }
      }
    }
    return shapes.stream().filter(Shape::exists).toList();
  }

  /** Every value of every dimension at least once, and twelve rows. */
  static Stream<Shape> some() {
    List<Shape> all = all();
    return IntStream.range(0, 12).mapToObj(row -> all.get((row * 19 + 3) % all.size()));
  }

  private Path data = Path.of("unset");
  private Path header = Path.of("unset");

  private Object[] make(Shape shape) throws IOException {
    long before = shape.detached() ? 0 : shape.type().equals("luks1") ? 2L << 20 : 16L << 20;
    data = LuksCli.file(folder, "data", before + shape.dataBytes());
    header = folder.resolve("header");
    return shape.detached() ? new Object[] {"--header", header} : new Object[0];
  }

  @ParameterizedTest
  @MethodSource("some")
  void row_madeHere_cryptsetupOpensDumpsAndDecrypts(Shape shape) throws Exception {
    madeHere(shape);
  }

  @ParameterizedTest
  @MethodSource("some")
  void row_madeByCryptsetup_opensReadsAndWritesHere(Shape shape) throws Exception {
    madeByCryptsetup(shape);
  }

  @Tag("long")
  @ParameterizedTest
  @MethodSource("all")
  void product_bothWays_agrees(Shape shape) throws Exception {
    madeHere(shape);
    Files.delete(data);
    Files.deleteIfExists(header);
    madeByCryptsetup(shape);
  }

  private void madeHere(Shape shape) throws Exception {
    Object[] place = make(shape);
    run("right\n", "format", shape.options(), place, data).done();
    run("right\n" + LETTER, "write", "--at", "700", place, data).done();
    assertThat(cryptsetupOpens(data, "right", place)).isTrue();
    assertThat(cryptsetupOpens(data, "wrong", place)).isFalse();
    String dump = cryptsetup("", "luksDump", shape.detached() ? header : data).done().out();
    assertThat(dump).containsPattern(shape.type().equals("luks1") ? "Version: *\t1" : "aes-xts");
    if (shape.type().equals("luks2") && !shape.detached()) {
      decryptedByCryptsetup();
    }
  }

  /** Takes the encryption away in place; what is left is the plaintext. */
  private void decryptedByCryptsetup() throws Exception {
    Path exported = folder.resolve("exported-header");
    cryptsetup(
            "right",
            "reencrypt",
            "--decrypt",
            "-q",
            "--force-offline-reencrypt",
            "--header",
            exported,
            "--key-file",
            "-",
            data)
        .done();
    byte[] plain = new byte[LETTER.length()];
    try (RandomAccessFile file = new RandomAccessFile(data.toFile(), "r")) {
      file.seek(700);
      file.readFully(plain);
    }
    assertThat(new String(plain, StandardCharsets.UTF_8)).isEqualTo(LETTER);
    Files.deleteIfExists(exported);
  }

  private void madeByCryptsetup(Shape shape) throws Exception {
    Object[] place = make(shape);
    cryptsetup("right", "luksFormat", "-q", shape.options(), place, data, "-").done();
    run("right\n", "open", "--test-passphrase", place, data).done();
    run("wrong\n", "open", "--test-passphrase", place, data).failed(3, "NO_KEYSLOT_OPENED");
    JsonNode facts = run("", "dump", "--json", place, data).done().json();
    assertThat(facts.get("type").asText()).isEqualTo(shape.type());
    assertThat(facts.get("sector_size").asInt()).isEqualTo(shape.sectorSize());
    assertThat(facts.get("key_size").asInt()).isEqualTo(shape.keyBits());
    run("right\n" + LETTER, "write", "--at", "512", place, data).done();
    assertThat(
            run("right\n", "read", "--at", "512", "--length", LETTER.length(), place, data)
                .done()
                .out())
        .isEqualTo(LETTER);
  }
}
