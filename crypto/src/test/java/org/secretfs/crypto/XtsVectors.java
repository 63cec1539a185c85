package org.secretfs.crypto;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Published vectors of AES-XTS. */
final class XtsVectors {
  private static final HexFormat HEX = HexFormat.of();

  private XtsVectors() {}

  /** One vector; {@code tweak} as published, up to 16 bytes, little-endian. */
  @SuppressWarnings("ArrayRecordComponent")
  record Vector(String name, byte[] key, byte[] tweak, byte[] plaintext, byte[] ciphertext) {
    static Vector ofHex(String name, String key, String tweak, String plain, String cipher) {
      return new Vector(
          name, HEX.parseHex(key), HEX.parseHex(tweak), HEX.parseHex(plain), HEX.parseHex(cipher));
    }

    boolean isWholeBlocks() {
      return plaintext.length % 16 == 0;
    }

    boolean isAes128Or256() {
      return key.length == 32 || key.length == 64;
    }

    /** Plain64 tweaks have 64 bits; empty where the vector's has more. */
    Optional<Long> plain64() {
      byte[] padded = Arrays.copyOf(tweak, 16);
      ByteBuffer buffer = ByteBuffer.wrap(padded).order(ByteOrder.LITTLE_ENDIAN);
      return buffer.getLong(8) == 0 ? Optional.of(buffer.getLong(0)) : Optional.empty();
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Vector> ieee1619() {
    try (InputStream in =
        Objects.requireNonNull(XtsVectors.class.getResourceAsStream("ieee1619.txt"))) {
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      return text.lines().filter(line -> !line.startsWith("#")).map(XtsVectors::ofLine).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Vector ofLine(String line) {
    String[] f = line.split(" ", -1);
    return Vector.ofHex("IEEE 1619 vector " + f[0], f[1], f[2], f[3], f[4]);
  }

  static List<Vector> wycheproof(Path file) throws IOException {
    List<Vector> vectors = new ArrayList<>();
    for (JsonNode group : new ObjectMapper().readTree(file.toFile()).get("testGroups")) {
      stream(group.get("tests")).map(XtsVectors::ofTest).forEach(vectors::add);
    }
    return vectors;
  }

  private static Stream<JsonNode> stream(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false);
  }

  private static Vector ofTest(JsonNode test) {
    return Vector.ofHex(
        "Wycheproof " + test.get("tcId").asInt(),
        test.get("key").asText(),
        test.get("iv").asText(),
        test.get("msg").asText(),
        test.get("ct").asText());
  }
}
