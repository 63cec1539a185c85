package org.secretfs.keymanager.store;

import org.secretfs.crypto.Aead;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.HmacSha256;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Wraps what the database keeps under key-encryption keys, each thing bound to its place, so that
 * rows cannot be exchanged. Safe for use by several threads; closing wipes the keys.
 */
final class Wrapping implements AutoCloseable {
  private final WrappingKeys keys;
  private final String databaseId;

  /** Takes over {@code keys}. */
  Wrapping(WrappingKeys keys, String databaseId) {
    this.keys = keys;
    this.databaseId = databaseId;
  }

  byte[] wrapMaterial(String keyId, int version, SecretBuffer material) {
    return Aead.sealSecret(keys.of(KeyPurpose.MATERIAL), materialPlace(keyId, version), material);
  }

  SecretBuffer unwrapMaterial(String keyId, int version, byte[] wrapped)
      throws CryptoException.Tampered {
    return Aead.openSecret(keys.of(KeyPurpose.MATERIAL), materialPlace(keyId, version), wrapped);
  }

  byte[] wrapAccessKey(String accessKeyId, String userName, SecretBuffer secret) {
    return Aead.sealSecret(
        keys.of(KeyPurpose.CREDENTIALS), accessKeyPlace(accessKeyId, userName), secret);
  }

  SecretBuffer unwrapAccessKey(String accessKeyId, String userName, byte[] wrapped)
      throws CryptoException.Tampered {
    return Aead.openSecret(
        keys.of(KeyPurpose.CREDENTIALS), accessKeyPlace(accessKeyId, userName), wrapped);
  }

  byte[] wrapTotp(String userName, SecretBuffer key) {
    return Aead.sealSecret(keys.of(KeyPurpose.CREDENTIALS), totpPlace(userName), key);
  }

  SecretBuffer unwrapTotp(String userName, byte[] wrapped) throws CryptoException.Tampered {
    return Aead.openSecret(keys.of(KeyPurpose.CREDENTIALS), totpPlace(userName), wrapped);
  }

  private byte[] totpPlace(String userName) {
    return place("secretfs totp key").text(userName).toBytes();
  }

  byte[] wrapTrailKey(String fingerprint, SecretBuffer key) {
    return Aead.sealSecret(keys.of(KeyPurpose.CREDENTIALS), trailKeyPlace(fingerprint), key);
  }

  SecretBuffer unwrapTrailKey(String fingerprint, byte[] wrapped) throws CryptoException.Tampered {
    return Aead.openSecret(keys.of(KeyPurpose.CREDENTIALS), trailKeyPlace(fingerprint), wrapped);
  }

  private byte[] trailKeyPlace(String fingerprint) {
    return place("secretfs trail key").text(fingerprint).toBytes();
  }

  /** Seals what is given out and will be presented again. */
  byte[] sealToken(String purpose, byte[] content) {
    return Aead.seal(keys.of(KeyPurpose.TOKENS), tokenPlace(purpose), content);
  }

  byte[] openToken(String purpose, byte[] sealed) throws CryptoException.Tampered {
    return Aead.open(keys.of(KeyPurpose.TOKENS), tokenPlace(purpose), sealed);
  }

  private byte[] tokenPlace(String purpose) {
    return place("secretfs token").text(purpose).toBytes();
  }

  /** 32 bytes that tell one material from another, and nothing about it without our keys. */
  @BorrowsSecret(because = "a MAC takes its message as an array")
  byte[] materialCheck(String keyId, SecretBuffer material) {
    try (SecretBuffer key =
        HmacSha256.macToSecret(
            keys.of(KeyPurpose.CHECKS), place("secretfs import check").text(keyId).toBytes())) {
      return material.borrow(bytes -> HmacSha256.mac(key, bytes));
    }
  }

  /** A secret that this database makes of a public name, the same each time. */
  SecretBuffer derive(String purpose, byte[] name) {
    try (SecretBuffer key =
        HmacSha256.macToSecret(
            keys.of(KeyPurpose.TOKENS), place("secretfs derivation").text(purpose).toBytes())) {
      return HmacSha256.macToSecret(key, name);
    }
  }

  /** The key of backups; valid until this is closed. */
  SecretBuffer backupKey() {
    return keys.of(KeyPurpose.BACKUPS);
  }

  String databaseId() {
    return databaseId;
  }

  private byte[] materialPlace(String keyId, int version) {
    return place("secretfs key material").text(keyId).number(version).toBytes();
  }

  private byte[] accessKeyPlace(String accessKeyId, String userName) {
    return place("secretfs access key").text(accessKeyId).text(userName).toBytes();
  }

  private LengthPrefixed place(String purpose) {
    return new LengthPrefixed(purpose).text(databaseId);
  }

  @Override
  public void close() {
    keys.close();
  }
}
