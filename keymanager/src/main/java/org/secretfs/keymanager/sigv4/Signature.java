package org.secretfs.keymanager.sigv4;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.secretfs.crypto.HmacSha256;
import org.secretfs.crypto.memory.SecretBuffer;

/** The arithmetic of signatures. */
final class Signature {
  static final String ALGORITHM = "AWS4-HMAC-SHA256";

  private static final byte[] PREFIX = "AWS4".getBytes(UTF_8);
  private static final HexFormat HEX = HexFormat.of();

  private Signature() {}

  /** What is signed. */
  static String stringToSign(String dateTime, Scope scope, String canonicalRequest) {
    return String.join(
        "\n", ALGORITHM, dateTime, scope.text(), hexSha256(canonicalRequest.getBytes(UTF_8)));
  }

  /** The key of a day, region and service; the caller closes it. */
  static SecretBuffer signingKey(SecretBuffer secretAccessKey, Scope scope) {
    try (SecretBuffer prefixed = prefixed(secretAccessKey);
        SecretBuffer day = HmacSha256.macToSecret(prefixed, scope.date().getBytes(UTF_8));
        SecretBuffer region = HmacSha256.macToSecret(day, scope.region().getBytes(UTF_8));
        SecretBuffer service = HmacSha256.macToSecret(region, scope.service().getBytes(UTF_8))) {
      return HmacSha256.macToSecret(service, scope.terminator().getBytes(UTF_8));
    }
  }

  private static SecretBuffer prefixed(SecretBuffer secretAccessKey) {
    SecretBuffer prefixed = SecretBuffer.allocate(PREFIX.length + secretAccessKey.length());
    MemorySegment target = prefixed.segment();
    MemorySegment.copy(PREFIX, 0, target, ValueLayout.JAVA_BYTE, 0, PREFIX.length);
    target.asSlice(PREFIX.length).copyFrom(secretAccessKey.segment());
    return prefixed;
  }

  /** The signature, 64 hexadecimal digits. */
  static String sign(SecretBuffer signingKey, String stringToSign) {
    return HEX.formatHex(HmacSha256.mac(signingKey, stringToSign.getBytes(UTF_8)));
  }

  /** Whether both are the same; takes the same time wherever they differ. */
  static boolean same(String one, String other) {
    return MessageDigest.isEqual(one.getBytes(UTF_8), other.getBytes(UTF_8));
  }

  static String hexSha256(byte[] bytes) {
    try {
      return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
