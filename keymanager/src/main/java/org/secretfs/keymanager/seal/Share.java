package org.secretfs.keymanager.seal;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * One person's part of a sealing key, as it is written down: see docs/format/sealed-root.md.
 *
 * <p>Says which set it is of, its number there, and how many are needed; a checksum finds what was
 * mistyped. Whoever holds one closes it.
 */
public final class Share implements AutoCloseable {
  static final String PREFIX = "sfshare1";
  static final int VALUE_BYTES = 32;
  static final int SET_BYTES = 8;

  private static final int THRESHOLD_AT = SET_BYTES;
  private static final int NUMBER_AT = SET_BYTES + 1;
  private static final int VALUE_AT = SET_BYTES + 2;
  private static final int CHECK_AT = VALUE_AT + VALUE_BYTES;
  private static final int CHECK_BYTES = 4;
  private static final int BYTES = CHECK_AT + CHECK_BYTES;
  private static final int GROUP_CHARACTERS = 4;
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";

  private final SecretBuffer bytes;

  private Share(SecretBuffer bytes) {
    this.bytes = bytes;
  }

  /** Makes one; {@code value} is copied. */
  static Share of(String set, int threshold, int number, SecretBuffer value) {
    SecretBuffer bytes = SecretBuffer.allocate(BYTES);
    MemorySegment target = bytes.segment();
    target.asSlice(0, SET_BYTES).copyFrom(MemorySegment.ofArray(HexFormat.of().parseHex(set)));
    target.set(ValueLayout.JAVA_BYTE, THRESHOLD_AT, (byte) threshold);
    target.set(ValueLayout.JAVA_BYTE, NUMBER_AT, (byte) number);
    target.asSlice(VALUE_AT, VALUE_BYTES).copyFrom(value.segment());
    target.asSlice(CHECK_AT, CHECK_BYTES).copyFrom(MemorySegment.ofArray(checksum(bytes)));
    return new Share(bytes);
  }

  /** Whether what was typed is meant as a share. */
  static boolean isMeant(SecretBuffer text) {
    byte[] prefix = PREFIX.getBytes(StandardCharsets.US_ASCII);
    if (text.length() < prefix.length) {
      return false;
    }
    for (int i = 0; i < prefix.length; i++) {
      if (Character.toLowerCase(text.segment().get(ValueLayout.JAVA_BYTE, i)) != prefix[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads what was typed; hyphens, blanks and case do not matter.
   *
   * @throws KeyManagerException.Unseal if it is no share, or was mistyped
   */
  static Share parse(SecretBuffer text) throws KeyManagerException.Unseal {
    if (!isMeant(text)) {
      throw new KeyManagerException.Unseal("share: must begin with " + PREFIX);
    }
    SecretBuffer bytes = SecretBuffer.allocate(BYTES);
    boolean whole = false;
    try {
      decode(text, bytes);
      byte[] check = bytes.segment().asSlice(CHECK_AT, CHECK_BYTES).toArray(ValueLayout.JAVA_BYTE);
      if (!MessageDigest.isEqual(check, checksum(bytes))) {
        throw new KeyManagerException.Unseal("share: was mistyped, its checksum does not match");
      }
      whole = true;
      return new Share(bytes);
    } finally {
      if (!whole) {
        bytes.close();
      }
    }
  }

  private static void decode(SecretBuffer text, SecretBuffer target)
      throws KeyManagerException.Unseal {
    int characters = 0;
    int pending = 0;
    for (int i = PREFIX.length(); i < text.length(); i++) {
      int character = Character.toLowerCase(text.segment().get(ValueLayout.JAVA_BYTE, i));
      if (character != '-' && character != ' ') {
        int digit = ALPHABET.indexOf(character);
        int bit = 5 * characters;
        if (digit < 0 || bit / 8 >= BYTES) {
          throw wrongForm();
        }
        pending = (pending << 5) | digit;
        characters++;
        if (bit % 8 >= 3) {
          int left = (bit + 5) % 8;
          target.segment().set(ValueLayout.JAVA_BYTE, bit / 8, (byte) (pending >> left));
        }
        pending &= 0xff;
      }
    }
    // The bits behind the last byte are 0.
    if (characters != characters()
        || (pending & ((1 << (5 * characters() - 8 * BYTES)) - 1)) != 0) {
      throw wrongForm();
    }
  }

  private static KeyManagerException.Unseal wrongForm() {
    return new KeyManagerException.Unseal(
        "share: must be %s and %d letters and digits of a-z 2-7".formatted(PREFIX, characters()));
  }

  private static int characters() {
    return Math.ceilDiv(8 * BYTES, 5);
  }

  /** As it is written down: ASCII, without a line end; the caller closes it. */
  public SecretBuffer text() {
    byte[] text =
        new byte[PREFIX.length() + characters() + Math.ceilDiv(characters(), GROUP_CHARACTERS)];
    System.arraycopy(PREFIX.getBytes(StandardCharsets.US_ASCII), 0, text, 0, PREFIX.length());
    int at = PREFIX.length();
    for (int i = 0; i < characters(); i++) {
      if (i % GROUP_CHARACTERS == 0) {
        text[at++] = '-';
      }
      text[at++] = (byte) ALPHABET.charAt(digit(5 * i));
    }
    return SecretBuffer.takeFrom(text);
  }

  private int digit(int bit) {
    int next = bit / 8 + 1 < BYTES ? at(bit / 8 + 1) : 0;
    return (((at(bit / 8) << 8) | next) >> (11 - bit % 8)) & 31;
  }

  private int at(int offset) {
    return Byte.toUnsignedInt(bytes.segment().get(ValueLayout.JAVA_BYTE, offset));
  }

  /** 16 hexadecimal digits; shares of one set belong together. */
  public String set() {
    return HexFormat.of()
        .formatHex(bytes.segment().asSlice(0, SET_BYTES).toArray(ValueLayout.JAVA_BYTE));
  }

  /** How many of its set are needed. */
  int threshold() {
    return at(THRESHOLD_AT);
  }

  /** Which of its set it is, from 1. */
  public int number() {
    return at(NUMBER_AT);
  }

  /** The share proper, a copy that the caller closes. */
  SecretBuffer value() {
    return bytes.slice(VALUE_AT, VALUE_BYTES);
  }

  /**
   * By which a share is known without it being told: a hash of it, which has 256 unknown bits in.
   */
  String fingerprint() {
    return HexFormat.of().formatHex(hash("secretfs share fingerprint", bytes));
  }

  private static byte[] checksum(SecretBuffer bytes) {
    byte[] hash = hash("secretfs share checksum", bytes);
    return Arrays.copyOf(hash, CHECK_BYTES);
  }

  private static byte[] hash(String purpose, SecretBuffer bytes) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(purpose.getBytes(StandardCharsets.US_ASCII));
      digest.update(bytes.segment().asSlice(0, CHECK_AT).asByteBuffer());
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Wipes it. */
  @Override
  public void close() {
    bytes.close();
  }
}
