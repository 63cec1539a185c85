package org.secretfs.keymanager.kms;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.secretfs.crypto.CryptoException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyUsage;

/** Encrypts and decrypts under keys of the store, for the operations that do. */
final class Envelope {
  /** The longest plaintext of the API, in bytes. */
  static final int MOST_PLAINTEXT_BYTES = 4096;

  private static final List<String> ALGORITHMS =
      List.of("SYMMETRIC_DEFAULT", "RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE");

  private Envelope() {}

  /** Reads the algorithm; whether it goes with the key is told later. */
  static String algorithm(Params params, String member) throws Refused {
    return params.choice(member, ALGORITHMS).orElse(KeyMetadata.SYMMETRIC_DEFAULT);
  }

  /** Refuses a key that does not encrypt and decrypt so, or not with an encryption context. */
  static KeyRecord requireFitting(
      Call call, KeyRecord key, String algorithm, EncryptionContext context) throws Refused {
    KeyChecks.requireUsage(key, KeyUsage.ENCRYPT_DECRYPT, call);
    if (!Algorithms.of(key.type()).contains(algorithm)) {
      throw new Refused(
          KmsErrorCode.INVALID_KEY_USAGE,
          "Algorithm %s is not compatible with key spec %s."
              .formatted(algorithm, key.type().spec()));
    }
    if (!key.type().isSymmetric() && !context.isEmpty()) {
      throw Constraints.invalid(
          "EncryptionContext is not supported with algorithm %s.".formatted(algorithm));
    }
    return key;
  }

  /** As {@link #algorithm}, for the only algorithm of a request, which is a condition key. */
  static String onlyAlgorithm(Call call) throws Refused {
    String algorithm = algorithm(call.params(), "EncryptionAlgorithm");
    call.fact("kms:EncryptionAlgorithm", algorithm);
    call.audit("encryptionAlgorithm", algorithm);
    return algorithm;
  }

  /** Encrypts by any algorithm that the key has. */
  static byte[] encrypt(
      Call call, KeyRecord key, String algorithm, EncryptionContext context, byte[] plaintext)
      throws Refused, IOException {
    return key.type().isSymmetric()
        ? encrypt(call, key, context, plaintext)
        : RsaEncryption.encrypt(call, key, algorithm, plaintext);
  }

  /** Encrypts under the present material of a symmetric key. */
  static byte[] encrypt(Call call, KeyRecord key, EncryptionContext context, byte[] plaintext)
      throws IOException {
    String arn = call.arns().key(key.id());
    int version = key.currentVersion();
    return call.store()
        .withMaterial(
            key.id(),
            version,
            material -> CiphertextBlob.seal(material, key.id(), version, arn, context, plaintext))
        .orElseThrow(() -> new IOException("key %s has no material".formatted(key.id())));
  }

  /** The key that a blob names; for a blob that is none, or of no key here, AWS says as little. */
  static KeyRecord keyOf(Call call, CiphertextBlob blob) throws Refused, IOException {
    return call.store().find(blob.keyId()).orElseThrow(Envelope::invalidCiphertext);
  }

  static CiphertextBlob parse(byte[] bytes) throws Refused {
    return CiphertextBlob.parse(bytes).orElseThrow(Envelope::invalidCiphertext);
  }

  /** Refuses a key id in the request that is not that of the blob. */
  static void requireSame(Call call, String member, KeyRecord key) throws Refused, IOException {
    Optional<String> named = call.params().keyId(member);
    if (named.isPresent() && !call.find(named.get()).id().equals(key.id())) {
      throw new Refused(
          KmsErrorCode.INCORRECT_KEY,
          "The key ID in the request does not identify a CMK that can perform this operation.");
    }
  }

  /** Decrypts; the caller wipes the result. */
  static byte[] decrypt(Call call, CiphertextBlob blob, EncryptionContext context)
      throws Refused, IOException {
    String arn = call.arns().key(blob.keyId());
    try {
      return call.store()
          .withMaterial(
              blob.keyId(), blob.materialVersion(), material -> blob.open(material, arn, context))
          .orElseThrow(Envelope::invalidCiphertext);
    } catch (CryptoException.Tampered e) {
      throw invalidCiphertext();
    }
  }

  private static Refused invalidCiphertext() {
    return new Refused(KmsErrorCode.INVALID_CIPHERTEXT, "");
  }
}
