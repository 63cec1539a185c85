package org.secretfs.keymanager.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.secretfs.crypto.Aead;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.HmacSha256;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Wraps what the database keeps under the root key, each thing bound to its place, so that rows
 * cannot be exchanged. Safe for use by several threads; closing wipes the root key.
 */
final class Wrapping implements AutoCloseable {
  private static final byte[] CHECK =
      "secretfs key manager root check".getBytes(StandardCharsets.US_ASCII);

  private final SecretBuffer rootKey;
  private final String databaseId;

  /** Takes over {@code rootKey}. */
  Wrapping(SecretBuffer rootKey, String databaseId) {
    this.rootKey = rootKey;
    this.databaseId = databaseId;
  }

  byte[] wrapMaterial(String keyId, int version, SecretBuffer material) {
    return Aead.sealSecret(rootKey, materialPlace(keyId, version), material);
  }

  SecretBuffer unwrapMaterial(String keyId, int version, byte[] wrapped)
      throws CryptoException.Tampered {
    return Aead.openSecret(rootKey, materialPlace(keyId, version), wrapped);
  }

  byte[] wrapAccessKey(String accessKeyId, String userName, SecretBuffer secret) {
    return Aead.sealSecret(rootKey, accessKeyPlace(accessKeyId, userName), secret);
  }

  SecretBuffer unwrapAccessKey(String accessKeyId, String userName, byte[] wrapped)
      throws CryptoException.Tampered {
    return Aead.openSecret(rootKey, accessKeyPlace(accessKeyId, userName), wrapped);
  }

  byte[] wrapTotp(String userName, SecretBuffer key) {
    return Aead.sealSecret(rootKey, totpPlace(userName), key);
  }

  SecretBuffer unwrapTotp(String userName, byte[] wrapped) throws CryptoException.Tampered {
    return Aead.openSecret(rootKey, totpPlace(userName), wrapped);
  }

  private byte[] totpPlace(String userName) {
    return place("secretfs totp key").text(userName).toBytes();
  }

  /** Seals what is given out and will be presented again. */
  byte[] sealToken(String purpose, byte[] content) {
    return Aead.seal(rootKey, tokenPlace(purpose), content);
  }

  byte[] openToken(String purpose, byte[] sealed) throws CryptoException.Tampered {
    return Aead.open(rootKey, tokenPlace(purpose), sealed);
  }

  private byte[] tokenPlace(String purpose) {
    return place("secretfs token").text(purpose).toBytes();
  }

  /** 32 bytes that tell one material from another, and nothing about it without the root key. */
  @BorrowsSecret(because = "a MAC takes its message as an array")
  byte[] materialCheck(String keyId, SecretBuffer material) {
    try (SecretBuffer key =
        HmacSha256.macToSecret(rootKey, place("secretfs import check").text(keyId).toBytes())) {
      return material.borrow(bytes -> HmacSha256.mac(key, bytes));
    }
  }

  /** A secret that this database and root key make of a public name, the same each time. */
  SecretBuffer derive(String purpose, byte[] name) {
    try (SecretBuffer key =
        HmacSha256.macToSecret(rootKey, place("secretfs derivation").text(purpose).toBytes())) {
      return HmacSha256.macToSecret(key, name);
    }
  }

  /** A value that only this root key opens, and only for this database. */
  byte[] check() {
    return Aead.seal(rootKey, checkPlace(), CHECK);
  }

  boolean opens(byte[] check) {
    try {
      return Arrays.equals(Aead.open(rootKey, checkPlace(), check), CHECK);
    } catch (CryptoException.Tampered e) {
      return false;
    }
  }

  private byte[] materialPlace(String keyId, int version) {
    return place("secretfs key material").text(keyId).number(version).toBytes();
  }

  private byte[] accessKeyPlace(String accessKeyId, String userName) {
    return place("secretfs access key").text(accessKeyId).text(userName).toBytes();
  }

  private byte[] checkPlace() {
    return place("secretfs root check").toBytes();
  }

  private LengthPrefixed place(String purpose) {
    return new LengthPrefixed(purpose).text(databaseId);
  }

  @Override
  public void close() {
    rootKey.close();
  }
}
