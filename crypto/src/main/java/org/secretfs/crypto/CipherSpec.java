package org.secretfs.crypto;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.secretfs.failure.OptionException;

/**
 * How sectors are encrypted, as dm-crypt names it: {@code aes-xts-plain64}, {@code
 * serpent-cbc-essiv:sha256}. There is no null cipher among them: {@link #parse} refuses its name.
 *
 * @param algorithm the block cipher
 * @param mode how blocks are chained
 * @param iv what becomes of a sector's number
 * @see <a href="https://docs.kernel.org/admin-guide/device-mapper/dm-crypt.html">dm-crypt</a>
 */
public record CipherSpec(Algorithm algorithm, Mode mode, Iv iv) {
  /** What new volumes get unless told otherwise. */
  public static final CipherSpec AES_XTS_PLAIN64 =
      new CipherSpec(Algorithm.AES, Mode.XTS, Iv.PLAIN64);

  private static final int MOST_SHOWN_CHARS = 40;

  /** The block ciphers, all of 16-byte blocks and 128, 192 or 256-bit keys. */
  public enum Algorithm {
    AES("aes"),
    TWOFISH("twofish"),
    SERPENT("serpent"),
    CAMELLIA("camellia");

    private final String dmCryptName;

    Algorithm(String dmCryptName) {
      this.dmCryptName = dmCryptName;
    }
  }

  /** How the blocks of a sector are chained. */
  public enum Mode {
    /** Two keys of the same length in one, each of 128 or 256 bits. */
    XTS("xts", 32, 64),
    /** One key. A change of ciphertext can be aimed; for volumes that have it already. */
    CBC("cbc", 16, 24, 32);

    private final String dmCryptName;

    @SuppressWarnings("ImmutableEnumChecker") // List.of gives one that cannot be changed
    private final List<Integer> keyBytes;

    Mode(String dmCryptName, Integer... keyBytes) {
      this.dmCryptName = dmCryptName;
      this.keyBytes = List.of(keyBytes);
    }
  }

  /** How a sector's number becomes the tweak or the initialization vector. */
  public enum Iv {
    /** Its lower 32 bits, little-endian: repeats after 2 TiB. */
    PLAIN("plain"),
    /** Its 64 bits, little-endian. */
    PLAIN64("plain64"),
    /** Its 64 bits, encrypted under the SHA-256 of the key. */
    ESSIV_SHA256("essiv:sha256");

    private final String dmCryptName;

    Iv(String dmCryptName) {
      this.dmCryptName = dmCryptName;
    }
  }

  /**
   * Refuses combinations that nobody has: ESSIV belongs to CBC.
   *
   * @throws IllegalArgumentException if the combination is none
   */
  public CipherSpec {
    if (mode == Mode.XTS && iv == Iv.ESSIV_SHA256) {
      throw new OptionException("XTS takes plain or plain64, not ESSIV");
    }
  }

  /**
   * Returns the cipher that dm-crypt calls {@code name}.
   *
   * @throws CryptoException.NotSupported if it encrypts nothing, or is none of those that are here
   */
  public static CipherSpec parse(String name) throws CryptoException.NotSupported {
    if (name.startsWith("cipher_null") || name.startsWith("null")) {
      throw new CryptoException.NotSupported(
          "the cipher \"%s\" encrypts nothing".formatted(shorten(name)));
    }
    return find(name)
        .orElseThrow(() ->
            new CryptoException.NotSupported(
                "the cipher \"%s\" is not supported: must be one of %s with %s"
                    .formatted(
                        shorten(name),
                        joined(Algorithm.values()),
                        "xts-plain64, xts-plain, cbc-essiv:sha256, cbc-plain64 or cbc-plain")));
  }

  /** As {@link #parse}, empty where that refuses. */
  public static Optional<CipherSpec> find(String name) {
    return Arrays.stream(Algorithm.values())
        .flatMap(algorithm -> all(algorithm).stream())
        .filter(spec -> spec.dmCryptName().equals(name))
        .findFirst();
  }

  /** All that a block cipher can be used in. */
  private static List<CipherSpec> all(Algorithm algorithm) {
    return List.of(
        new CipherSpec(algorithm, Mode.XTS, Iv.PLAIN64),
        new CipherSpec(algorithm, Mode.XTS, Iv.PLAIN),
        new CipherSpec(algorithm, Mode.CBC, Iv.ESSIV_SHA256),
        new CipherSpec(algorithm, Mode.CBC, Iv.PLAIN64),
        new CipherSpec(algorithm, Mode.CBC, Iv.PLAIN));
  }

  /** Every cipher that is here. */
  public static List<CipherSpec> all() {
    return Arrays.stream(Algorithm.values()).flatMap(each -> all(each).stream()).toList();
  }

  private static String joined(Algorithm[] algorithms) {
    return Arrays.stream(algorithms)
        .map(each -> each.dmCryptName)
        .collect(Collectors.joining(", "));
  }

  private static String shorten(String name) {
    String printable = name.replaceAll("\\p{Cntrl}", "?");
    return printable.length() <= MOST_SHOWN_CHARS
        ? printable
        : printable.substring(0, MOST_SHOWN_CHARS) + "…";
  }

  /** The name, as in {@code aes-xts-plain64}; what {@link #parse} reads. */
  public String dmCryptName() {
    return algorithm.dmCryptName + "-" + modeName();
  }

  /** The block cipher's name alone, which LUKS1 stores apart: {@code aes}. */
  public String algorithmName() {
    return algorithm.dmCryptName;
  }

  /** The rest of the name, which LUKS1 stores apart: {@code xts-plain64}. */
  public String modeName() {
    return mode.dmCryptName + "-" + iv.dmCryptName;
  }

  /** The lengths in bytes that a key may have, ascending. */
  public List<Integer> keySizesBytes() {
    return mode.keyBytes;
  }

  /** Whether a key may have that length. */
  public boolean takesKeyOf(int lengthBytes) {
    return mode.keyBytes.contains(lengthBytes);
  }

  /** The length in bytes of the longest key, which new volumes get unless told otherwise. */
  public int longestKeyBytes() {
    return mode.keyBytes.getLast();
  }

  /** The bits of the block cipher's own key within a key of that length. */
  int algorithmKeyBits(int keyBytes) {
    return (mode == Mode.XTS ? keyBytes / 2 : keyBytes) * Byte.SIZE;
  }

  void requireKeyLength(int lengthBytes) {
    if (!takesKeyOf(lengthBytes)) {
      throw new OptionException(
          "%s key of %d bytes: must be one of %s"
              .formatted(dmCryptName(), lengthBytes, mode.keyBytes));
    }
  }

  @Override
  public String toString() {
    return dmCryptName();
  }
}
