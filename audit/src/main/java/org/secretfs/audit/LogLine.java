package org.secretfs.audit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * One line of the log: {@code {"seq":N,"prev":"HASH","hash":"HASH","record":{…}}}.
 *
 * <p>The hash covers the line's bytes as they stand, with the digits of {@code hash} itself left
 * out; so there is nothing to normalise, and a line has exactly one valid form.
 */
final class LogLine {
  static final int HASH_DIGITS = 64;

  /** The longest line, its newline not counted. */
  static final int MAX_BYTES = 1 << 20;

  private static final byte[] SEQUENCE = "{\"seq\":".getBytes(US_ASCII);
  private static final byte[] PREVIOUS = ",\"prev\":\"".getBytes(US_ASCII);
  private static final byte[] HASH = "\",\"hash\":\"".getBytes(US_ASCII);
  private static final byte[] RECORD = "\",\"record\":".getBytes(US_ASCII);
  private static final byte[] END = "}".getBytes(US_ASCII);
  private static final int MAX_SEQUENCE_DIGITS = 18;
  private static final HexFormat HEX = HexFormat.of();

  private final byte[] bytes;
  private final long sequence;
  private final String previous;
  private final String hash;
  private final int recordOffset;

  private LogLine(byte[] bytes, long sequence, String previous, String hash, int recordOffset) {
    this.bytes = bytes;
    this.sequence = sequence;
    this.previous = previous;
    this.hash = hash;
    this.recordOffset = recordOffset;
  }

  /** The line that continues {@code head}. */
  static LogLine after(Verification.Head head, byte[] record) {
    long sequence = head.sequence() + 1;
    byte[] digits = Long.toString(sequence).getBytes(US_ASCII);
    byte[] previous = head.hash().getBytes(US_ASCII);
    ByteArrayOutputStream line = new ByteArrayOutputStream(record.length + 256);
    line.writeBytes(SEQUENCE);
    line.writeBytes(digits);
    line.writeBytes(PREVIOUS);
    line.writeBytes(previous);
    line.writeBytes(HASH);
    int hashOffset = line.size();
    line.writeBytes(new byte[HASH_DIGITS]);
    line.writeBytes(RECORD);
    int recordOffset = line.size();
    line.writeBytes(record);
    line.writeBytes(END);
    byte[] bytes = line.toByteArray();
    String hash = hashOf(bytes, hashOffset);
    System.arraycopy(hash.getBytes(US_ASCII), 0, bytes, hashOffset, HASH_DIGITS);
    return new LogLine(bytes, sequence, head.hash(), hash, recordOffset);
  }

  /** Reads a line without its newline and checks that its hash is right. */
  static LogLine parse(byte[] bytes) throws AuditException.MalformedLine {
    if (bytes.length > MAX_BYTES) {
      throw new AuditException.MalformedLine("longer than %d bytes".formatted(MAX_BYTES));
    }
    int at = expect(bytes, 0, SEQUENCE);
    int afterDigits = skipDigits(bytes, at);
    long sequence = Long.parseLong(new String(bytes, at, afterDigits - at, US_ASCII));
    at = expect(bytes, afterDigits, PREVIOUS);
    String previous = hexAt(bytes, at);
    at = expect(bytes, at + HASH_DIGITS, HASH);
    String hash = hexAt(bytes, at);
    if (!hash.equals(hashOf(bytes, at))) {
      throw new AuditException.MalformedLine("its hash is not that of its content");
    }
    int recordOffset = expect(bytes, at + HASH_DIGITS, RECORD);
    expect(bytes, bytes.length - END.length, END);
    return new LogLine(bytes, sequence, previous, hash, recordOffset);
  }

  private static int expect(byte[] bytes, int at, byte[] part) throws AuditException.MalformedLine {
    int end = at + part.length;
    if (end > bytes.length || !Arrays.equals(bytes, at, end, part, 0, part.length)) {
      throw new AuditException.MalformedLine(
          "no %s at byte %d".formatted(new String(part, US_ASCII), at));
    }
    return end;
  }

  private static int skipDigits(byte[] bytes, int start) throws AuditException.MalformedLine {
    int at = start;
    while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    if (at == start || at - start > MAX_SEQUENCE_DIGITS || bytes[start] == '0') {
      throw new AuditException.MalformedLine("no sequence number from 1 at byte " + start);
    }
    return at;
  }

  private static String hexAt(byte[] bytes, int at) throws AuditException.MalformedLine {
    if (at + HASH_DIGITS > bytes.length) {
      throw new AuditException.MalformedLine("ends within a hash");
    }
    for (int i = at; i < at + HASH_DIGITS; i++) {
      if ((bytes[i] < '0' || bytes[i] > '9') && (bytes[i] < 'a' || bytes[i] > 'f')) {
        throw new AuditException.MalformedLine("no lower-case hexadecimal digit at byte " + i);
      }
    }
    return new String(bytes, at, HASH_DIGITS, US_ASCII);
  }

  private static String hashOf(byte[] bytes, int hashOffset) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(bytes, 0, hashOffset);
      int rest = hashOffset + HASH_DIGITS;
      sha256.update(bytes, rest, bytes.length - rest);
      return HEX.formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  byte[] bytes() {
    return bytes;
  }

  String previous() {
    return previous;
  }

  Verification.Head position() {
    return new Verification.Head(sequence, hash);
  }

  AuditEvent event() throws AuditException.MalformedLine {
    return AuditEventJson.read(bytes, recordOffset, bytes.length - recordOffset - END.length);
  }

  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
