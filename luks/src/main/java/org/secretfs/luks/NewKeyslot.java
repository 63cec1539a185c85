package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Base64;
import java.util.Collection;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;

/** Makes keyslots and digests: their JSON, and the area's content. */
final class NewKeyslot {
  private static final int AREA_UNIT_BYTES = 4096;

  /**
   * The volume key is random and as long as two AES keys, so that stretching adds nothing; this is
   * the least that LUKS2 allows, and keeps unlocking fast.
   */
  private static final int DIGEST_ITERATIONS = KdfBounds.MIN_PBKDF2_ITERATIONS;

  private NewKeyslot() {}

  /** The bytes that the area of a key takes, in whole units of 4096. */
  static int areaBytes(int keySizeBytes) {
    return Math.ceilDiv(Keyslot.splitBytes(keySizeBytes), AREA_UNIT_BYTES) * AREA_UNIT_BYTES;
  }

  /**
   * Describes a keyslot with a new salt.
   *
   * @param encryption of the area
   * @param hash the anti-forensic splitter's
   */
  static Keyslot describe(
      KdfParameters kdf,
      int keySizeBytes,
      long areaOffsetBytes,
      KeyslotEncryption encryption,
      HashAlgorithm hash) {
    return new Keyslot(
        keySizeBytes,
        KeyslotInfo.Priority.NORMAL,
        kdf,
        newSalt(),
        hash,
        new Keyslot.Area(
            areaOffsetBytes,
            areaBytes(keySizeBytes),
            encryption.cipher().dmCryptName(),
            encryption.keySizeBytes()));
  }

  /** Describes a keyslot that is encrypted by {@code cipher}, as the data is. */
  static Keyslot describe(
      KdfParameters kdf,
      int keySizeBytes,
      long areaOffsetBytes,
      CipherSpec cipher,
      HashAlgorithm hash) {
    KeyslotEncryption encryption = KeyslotEncryption.asData(cipher, keySizeBytes);
    return describe(kdf, keySizeBytes, areaOffsetBytes, encryption, hash);
  }

  private static String newSalt() {
    return Base64.getEncoder().encodeToString(KernelRandom.bytes(KeyslotReader.SALT_BYTES));
  }

  /** Derives the area's key from the passphrase and writes the key into the area. */
  static void fill(LuksStorage storage, Keyslot keyslot, SecretBuffer passphrase, VolumeKey key)
      throws IOException, LuksException {
    int areaKeyBytes = keyslot.area().keySizeBytes();
    try (SecretBuffer areaKey =
        KeyDerivation.areaKey(keyslot.kdf(), passphrase, keyslot.kdfSalt(), areaKeyBytes)) {
      KeyslotArea.write(storage, keyslot, areaKey, key.secret());
    }
  }

  static ObjectNode json(Keyslot keyslot) {
    ObjectNode json = HeaderJson.newObject();
    json.put("type", "luks2").put("key_size", keyslot.keySizeBytes());
    json.putObject("af")
        .put("type", "luks1")
        .put("stripes", Keyslot.STRIPES)
        .put("hash", keyslot.afHash().luksName());
    json.putObject("area")
        .put("type", "raw")
        .put("offset", Long.toString(keyslot.area().offsetBytes()))
        .put("size", Long.toString(keyslot.area().sizeBytes()))
        .put("encryption", keyslot.area().encryption())
        .put("key_size", keyslot.area().keySizeBytes());
    putKdf(json.putObject("kdf"), keyslot);
    if (keyslot.priority() != KeyslotInfo.Priority.NORMAL) {
      json.put("priority", keyslot.priority().stored());
    }
    return json;
  }

  private static void putKdf(ObjectNode json, Keyslot keyslot) {
    switch (keyslot.kdf()) {
      case KdfParameters.Pbkdf2(String hash, int iterations) ->
          json.put("type", "pbkdf2").put("hash", hash).put("iterations", iterations);
      case KdfParameters.Argon2id(int time, int memoryKib, int lanes) ->
          putArgon2(json, "argon2id", time, memoryKib, lanes);
      case KdfParameters.Argon2i(int time, int memoryKib, int lanes) ->
          putArgon2(json, "argon2i", time, memoryKib, lanes);
    }
    json.put("salt", keyslot.kdfSalt());
  }

  private static void putArgon2(ObjectNode json, String type, int time, int memoryKib, int lanes) {
    json.put("type", type).put("time", time).put("memory", memoryKib).put("cpus", lanes);
  }

  /** Returns a crypt segment that reaches to the end of the device. */
  static ObjectNode segmentJson(CryptSegment segment) {
    return HeaderJson.newObject()
        .put("type", "crypt")
        .put("offset", Long.toString(segment.offsetBytes()))
        .put("size", "dynamic")
        .put("iv_tweak", Long.toString(segment.ivTweak()))
        .put("encryption", segment.cipher())
        .put("sector_size", segment.sectorSize());
  }

  /** Returns a digest, bound to {@code keyslots} and segment 0. */
  static ObjectNode json(Digest digest, Collection<Integer> keyslots) {
    ObjectNode json = HeaderJson.newObject().put("type", "pbkdf2");
    ArrayNode bound = json.putArray("keyslots");
    keyslots.forEach(number -> bound.add(number.toString()));
    json.putArray("segments").add("0");
    return json.put("hash", digest.hash().luksName())
        .put("iterations", digest.iterations())
        .put("salt", digest.salt())
        .put("digest", digest.value());
  }

  /** Returns the digest of a volume key, bound to one keyslot and to {@code segments}. */
  static ObjectNode digestJson(VolumeKey key, HashAlgorithm hash, String keyslot, int... segments)
      throws LuksException {
    ObjectNode json = digestJson(key.secret(), hash);
    json.putArray("keyslots").add(keyslot);
    ArrayNode bound = json.putArray("segments");
    for (int segment : segments) {
      bound.add(Integer.toString(segment));
    }
    return json;
  }

  /** Returns the digest of any secret, not bound to anything. */
  static ObjectNode digestJson(SecretBuffer secret, HashAlgorithm hash) throws LuksException {
    String salt = newSalt();
    ObjectNode json = HeaderJson.newObject();
    json.put("type", "pbkdf2");
    json.putArray("keyslots");
    json.putArray("segments");
    json.put("hash", hash.luksName()).put("iterations", DIGEST_ITERATIONS).put("salt", salt);
    try (SecretBuffer value =
        KeyDerivation.digest(
            hash,
            secret,
            Base64.getDecoder().decode(salt),
            DIGEST_ITERATIONS,
            hash.lengthBytes())) {
      byte[] published = value.segment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
      return json.put("digest", Base64.getEncoder().encodeToString(published));
    }
  }
}
