package org.secretfs.audit.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A public key that verifies digests, as CloudTrail's ListPublicKeys gives it.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1 RSA public key syntax (PKCS #1)
 */
public final class TrailKey {
  private static final int SEQUENCE_TAG = 0x30;
  private static final int INTEGER_TAG = 0x02;
  private static final int FINGERPRINT_DIGITS = 32;
  private static final int LEAST_BITS = 2048;

  private final byte[] der;
  private final Instant validFrom;
  private final Instant validUntil;

  /**
   * Makes one.
   *
   * @param der the key, PKCS #1
   * @param validFrom the end of the first digest that it may sign
   * @param validUntil the end of the last
   */
  public TrailKey(byte[] der, Instant validFrom, Instant validUntil) {
    this.der = der.clone();
    this.validFrom = validFrom;
    this.validUntil = validUntil;
  }

  /** The form PKCS #1 of a key. */
  public static byte[] encode(RSAPublicKey key) {
    ByteArrayOutputStream numbers = new ByteArrayOutputStream();
    write(numbers, INTEGER_TAG, key.getModulus().toByteArray());
    write(numbers, INTEGER_TAG, key.getPublicExponent().toByteArray());
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    write(all, SEQUENCE_TAG, numbers.toByteArray());
    return all.toByteArray();
  }

  private static void write(ByteArrayOutputStream out, int tag, byte[] content) {
    out.write(tag);
    if (content.length < 0x80) {
      out.write(content.length);
    } else if (content.length < 0x100) {
      out.write(0x81);
      out.write(content.length);
    } else {
      out.write(0x82);
      out.write(content.length >> 8);
      out.write(content.length & 0xFF);
    }
    out.writeBytes(content);
  }

  /** What digests call a key of this form: 32 hexadecimal digits of its SHA-256. */
  public static String fingerprint(byte[] der) {
    return Gzip.sha256(der).substring(0, FINGERPRINT_DIGITS);
  }

  /** What digests call it. */
  public String fingerprint() {
    return fingerprint(der);
  }

  /** The key, PKCS #1. */
  public byte[] der() {
    return der.clone();
  }

  /** The end of the first digest that it may sign. */
  public Instant validFrom() {
    return validFrom;
  }

  /** The end of the last digest that it may sign. */
  public Instant validUntil() {
    return validUntil;
  }

  /** Whether a digest of this end may be signed with it. */
  boolean isValidAt(Instant digestEnd) {
    return !digestEnd.isBefore(validFrom) && !digestEnd.isAfter(validUntil);
  }

  boolean verifies(byte[] text, byte[] signature) {
    try {
      Signature verifier = Signature.getInstance(DigestSigner.ALGORITHM);
      verifier.initVerify(publicKey());
      verifier.update(text);
      return verifier.verify(signature);
    } catch (GeneralSecurityException | IOException e) {
      return false;
    }
  }

  private PublicKey publicKey() throws IOException, GeneralSecurityException {
    Reader all = new Reader(der);
    Reader numbers = new Reader(all.next(SEQUENCE_TAG));
    BigInteger modulus = new BigInteger(1, numbers.next(INTEGER_TAG));
    BigInteger exponent = new BigInteger(1, numbers.next(INTEGER_TAG));
    if (modulus.bitLength() < LEAST_BITS) {
      throw new IOException("an RSA key of fewer than %d bits".formatted(LEAST_BITS));
    }
    return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent));
  }

  /** Reads the few forms of DER that there are here. */
  private static final class Reader {
    private final byte[] bytes;
    private int at;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    byte[] next(int tag) throws IOException {
      if (one() != tag) {
        throw new IOException("not an RSA public key");
      }
      int length = length();
      if (length > bytes.length - at) {
        throw new IOException("not an RSA public key");
      }
      at += length;
      return Arrays.copyOfRange(bytes, at - length, at);
    }

    private int length() throws IOException {
      int first = one();
      return switch (first) {
        case 0x81 -> one();
        case 0x82 -> one() << 8 | one();
        default -> first;
      };
    }

    private int one() throws IOException {
      if (at >= bytes.length) {
        throw new IOException("an RSA public key that was cut short");
      }
      return bytes[at++] & 0xFF;
    }
  }

  /** The answer of ListPublicKeys that gives these keys. */
  public static ObjectNode list(List<TrailKey> keys) {
    ObjectNode answer = TrailJson.MAPPER.createObjectNode();
    ArrayNode list = answer.putArray("PublicKeyList");
    for (TrailKey key : keys) {
      list.addObject()
          .put("Value", Base64.getEncoder().encodeToString(key.der()))
          .put("ValidityStartTime", key.validFrom().getEpochSecond())
          .put("ValidityEndTime", key.validUntil().getEpochSecond())
          .put("Fingerprint", key.fingerprint());
    }
    return answer;
  }

  /**
   * Reads the answer of ListPublicKeys.
   *
   * @throws IOException if it is not one; the message names the rule
   */
  public static List<TrailKey> readList(byte[] json) throws IOException {
    JsonNode list = TrailJson.MAPPER.readTree(json).path("PublicKeyList");
    if (!list.isArray() || list.isEmpty()) {
      throw new IOException("PublicKeyList is missing or empty");
    }
    List<TrailKey> keys = new ArrayList<>();
    for (JsonNode key : list) {
      keys.add(
          new TrailKey(
              decoded(key.path("Value").asText("")),
              time(key.path("ValidityStartTime")),
              time(key.path("ValidityEndTime"))));
    }
    return keys;
  }

  private static byte[] decoded(String base64) throws IOException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new IOException("Value is not Base64", e);
    }
  }

  /** Seconds since 1970, or a text as the AWS CLI writes it. */
  private static Instant time(JsonNode node) throws IOException {
    try {
      return node.isNumber()
          ? Instant.ofEpochSecond((long) Math.floor(node.doubleValue()))
          : OffsetDateTime.parse(node.asText("")).toInstant();
    } catch (DateTimeException e) {
      throw new IOException("ValidityStartTime or ValidityEndTime is no time", e);
    }
  }
}
