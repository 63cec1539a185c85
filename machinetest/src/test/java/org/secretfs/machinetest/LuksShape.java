package org.secretfs.machinetest;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * One shape of a LUKS volume.
 *
 * @param hash of the key derivation, if it has one, and of everything else
 * @param headerBytes what of the device the header takes, or the length of its own
 */
record LuksShape(
    String type,
    String cipher,
    int keyBits,
    int sectorSize,
    String kdf,
    String hash,
    boolean detached,
    int headerBytes,
    int dataBytes) {
  private static final int METADATA_BYTES = 16 << 10;
  private static final List<String> ALGORITHMS = List.of("aes", "twofish", "serpent", "camellia");
  private static final List<Integer> SECTOR_SIZES = List.of(512, 1024, 2048, 4096);
  private static final List<String> HASHES =
      List.of("sha256", "sha512", "sha1", "ripemd160", "whirlpool", "blake2b-512", "sha3-256");
  private static final List<String> KDFS = List.of("pbkdf2", "argon2id", "argon2i");
  private static final List<Integer> SIZES = List.of(64 << 10, (1 << 20) + 4096, 3 << 20);

  /** A cipher with a length of its key. */
  private record Keyed(String cipher, int keyBits) {}

  /**
   * Every cipher with every key length, version, sector size, and place of the header. Key
   * derivations, hashes and sizes change from row to row, so that each meets each cipher.
   */
  static List<LuksShape> all() {
    List<LuksShape> all = new ArrayList<>();
    for (Keyed keyed : ciphers()) {
      for (boolean detached : List.of(false, true)) {
        all.add(shape(all.size(), "luks1", keyed, 512, detached));
        SECTOR_SIZES.forEach(size -> all.add(shape(all.size(), "luks2", keyed, size, detached)));
      }
    }
    return all;
  }

  /** Each value of each dimension at least once, and Twofish with the longest key throughout. */
  static List<LuksShape> some() {
    List<LuksShape> all = all();
    Stream<LuksShape> diagonal =
        IntStream.range(0, all.size() / 16).mapToObj(row -> all.get(row * 16 + row % 16));
    Stream<LuksShape> twofish =
        all.stream().filter(row -> row.cipher.equals("twofish-xts-plain64") && row.keyBits == 512);
    return Stream.concat(diagonal, twofish.filter(row -> !row.detached)).distinct().toList();
  }

  private static List<Keyed> ciphers() {
    return ALGORITHMS.stream().flatMap(LuksShape::ciphers).toList();
  }

  private static Stream<Keyed> ciphers(String algorithm) {
    Stream<Keyed> xts =
        Stream.of(512, 256).map(bits -> new Keyed(algorithm + "-xts-plain64", bits));
    Stream<Keyed> cbc =
        Stream.of("-cbc-essiv:sha256", "-cbc-plain64")
            .flatMap(
                mode -> Stream.of(128, 192, 256).map(bits -> new Keyed(algorithm + mode, bits)));
    return Stream.concat(xts, cbc);
  }

  private static LuksShape shape(
      int row, String type, Keyed keyed, int sectorSize, boolean detached) {
    String kdf = type.equals("luks1") ? "pbkdf2" : KDFS.get(row % KDFS.size());
    String hash = HASHES.get(row % HASHES.size());
    int header = type.equals("luks1") ? 2 << 20 : 1 << 20;
    int size = SIZES.get(row / 2 % SIZES.size());
    return new LuksShape(
        type, keyed.cipher(), keyed.keyBits(), sectorSize, kdf, hash, detached, header, size);
  }

  /** Options that both programs take. */
  List<String> options() {
    List<String> options =
        new ArrayList<>(List.of("--type", type, "--cipher", cipher, "--key-size", keyBits + ""));
    options.addAll(List.of("--hash", hash));
    options.addAll(List.of("--pbkdf-force-iterations", kdf.equals("pbkdf2") ? "1000" : "4"));
    if (type.equals("luks2")) {
      options.addAll(List.of("--sector-size", sectorSize + "", "--pbkdf", kdf));
      int keyslotsBytes = headerBytes - 2 * METADATA_BYTES;
      options.addAll(List.of("--luks2-metadata-size", METADATA_BYTES + ""));
      options.addAll(List.of("--luks2-keyslots-size", keyslotsBytes + ""));
    }
    if (!kdf.equals("pbkdf2")) {
      options.addAll(List.of("--pbkdf-memory", "64", "--pbkdf-parallel", "1"));
    }
    if (!detached) {
      options.addAll(List.of("--offset", headerBytes / 512 + ""));
    }
    return options;
  }

  @Override
  public String toString() {
    return "%s %s %d bits, sectors of %d, %s %s, header %s, %d KiB"
        .formatted(
            type,
            cipher,
            keyBits,
            sectorSize,
            kdf,
            hash,
            detached ? "detached" : "attached",
            dataBytes >> 10);
  }
}
