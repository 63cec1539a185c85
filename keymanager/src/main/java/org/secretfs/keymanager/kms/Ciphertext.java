package org.secretfs.keymanager.kms;

import java.io.IOException;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** What a request wants decrypted: a blob that names its key, or what RSA made of a plaintext. */
final class Ciphertext {
  private final Optional<CiphertextBlob> blob;
  private final KeyRecord key;
  private final String algorithm;
  private final byte[] bytes;

  private Ciphertext(Optional<CiphertextBlob> blob, KeyRecord key, String algorithm, byte[] bytes) {
    this.blob = blob;
    this.key = key;
    this.algorithm = algorithm;
    this.bytes = bytes;
  }

  /**
   * Finds whose it is.
   *
   * @param keyMember the member that names the key, which RSA needs
   */
  static Ciphertext read(Call call, String algorithm, String keyMember)
      throws Refused, IOException {
    byte[] bytes = call.params().requiredBlob("CiphertextBlob", 1, CiphertextBlob.MOST_BYTES);
    if (algorithm.equals(KeyMetadata.SYMMETRIC_DEFAULT)) {
      CiphertextBlob blob = Envelope.parse(bytes);
      return new Ciphertext(Optional.of(blob), Envelope.keyOf(call, blob), algorithm, bytes);
    }
    String name =
        call.params()
            .keyId(keyMember)
            .orElseThrow(() ->
                Constraints.invalid(
                    "%s is required with algorithm %s.".formatted(keyMember, algorithm)));
    return new Ciphertext(Optional.empty(), call.find(name), algorithm, bytes);
  }

  KeyRecord key() {
    return key;
  }

  /** The public name of the material, which symmetric keys have. */
  Optional<String> materialId() {
    return blob.map(one -> KeyMetadata.materialId(key.id(), one.materialVersion()));
  }

  /** Decrypts; the caller wipes the result. */
  byte[] decrypt(Call call, EncryptionContext context) throws Refused, IOException {
    return blob.isPresent()
        ? Envelope.decrypt(call, blob.get(), context)
        : RsaEncryption.decrypt(call, key, algorithm, bytes);
  }
}
