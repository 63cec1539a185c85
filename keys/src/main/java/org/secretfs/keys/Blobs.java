package org.secretfs.keys;

/** The size rule of stored blobs. */
final class Blobs {
  private Blobs() {}

  /** Returns a blob that was read from {@code where} if its size is right. */
  static byte[] checked(byte[] blob, String where) throws KeySourceException {
    if (blob.length == 0 || blob.length > WrappedSecretStore.MAX_BLOB_BYTES) {
      throw new KeySourceException.Malformed(
          "%s holds %s bytes: a wrapped secret has 1 to %d"
              .formatted(
                  where, blob.length == 0 ? "no" : "more", WrappedSecretStore.MAX_BLOB_BYTES));
    }
    return blob;
  }

  static void requireStorable(byte[] blob) {
    if (blob.length == 0 || blob.length > WrappedSecretStore.MAX_BLOB_BYTES) {
      throw new IllegalArgumentException(
          "wrapped secret of %d bytes: must be 1 to %d"
              .formatted(blob.length, WrappedSecretStore.MAX_BLOB_BYTES));
    }
  }
}
