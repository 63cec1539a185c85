package org.secretfs.keymanager.kms;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.secretfs.crypto.Aead;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.store.LengthPrefixed;

/**
 * What Encrypt returns and Decrypt takes: names the key and its material, so that Decrypt needs no
 * key id, and binds both and the encryption context. Described in {@code
 * docs/format/ciphertext-blob.md}; version 1 is readable for ever.
 */
final class CiphertextBlob {
  /** Bytes before the sealed part. */
  static final int HEADER_BYTES = 24;

  /** The longest blob that the API takes. */
  static final int MOST_BYTES = 6144;

  private static final int MAGIC = 0x5346_4b01; // "SFK", version 1

  private final UUID keyId;
  private final int materialVersion;
  private final byte[] bytes;

  private CiphertextBlob(UUID keyId, int materialVersion, byte[] bytes) {
    this.keyId = keyId;
    this.materialVersion = materialVersion;
    this.bytes = bytes;
  }

  /**
   * Encrypts.
   *
   * @param keyId the UUID of the key whose material {@code material} is
   * @param keyArn its ARN, which is bound
   */
  static byte[] seal(
      SecretBuffer material,
      String keyId,
      int materialVersion,
      String keyArn,
      EncryptionContext context,
      byte[] plaintext) {
    byte[] header = header(UUID.fromString(keyId), materialVersion);
    byte[] sealed = Aead.seal(material, aad(header, keyArn, context), plaintext);
    return ByteBuffer.allocate(header.length + sealed.length).put(header).put(sealed).array();
  }

  private static byte[] header(UUID keyId, int materialVersion) {
    return ByteBuffer.allocate(HEADER_BYTES)
        .putInt(MAGIC)
        .putLong(keyId.getMostSignificantBits())
        .putLong(keyId.getLeastSignificantBits())
        .putInt(materialVersion)
        .array();
  }

  private static byte[] aad(byte[] header, String keyArn, EncryptionContext context) {
    LengthPrefixed aad = new LengthPrefixed("secretfs ciphertext blob");
    return context.addTo(aad.bytes(header).text(keyArn)).toBytes();
  }

  /** Reads the header; empty if this is no blob of a known version. */
  static Optional<CiphertextBlob> parse(byte[] bytes) {
    if (bytes.length < HEADER_BYTES + Aead.OVERHEAD_BYTES) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getInt() != MAGIC) {
      return Optional.empty();
    }
    UUID keyId = new UUID(in.getLong(), in.getLong());
    int version = in.getInt();
    return version < 1
        ? Optional.empty()
        : Optional.of(new CiphertextBlob(keyId, version, bytes.clone()));
  }

  String keyId() {
    return keyId.toString();
  }

  int materialVersion() {
    return materialVersion;
  }

  /**
   * Decrypts.
   *
   * @throws CryptoException.Tampered if this is not what was sealed with this material, for this
   *     ARN and in this context
   */
  byte[] open(SecretBuffer material, String keyArn, EncryptionContext context)
      throws CryptoException.Tampered {
    byte[] header = Arrays.copyOf(bytes, HEADER_BYTES);
    byte[] sealed = Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length);
    return Aead.open(material, aad(header, keyArn, context), sealed);
  }
}
