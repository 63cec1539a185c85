package org.secretfs.keymanager.store;

/** What kind of key it is and what it is for. */
public record KeyType(KeySpec spec, KeyUsage usage) {
  /** That of volumes. */
  public static final KeyType SYMMETRIC =
      new KeyType(KeySpec.SYMMETRIC_DEFAULT, KeyUsage.ENCRYPT_DECRYPT);

  /** Whether it is one of those that encrypt and decrypt with one key. */
  public boolean isSymmetric() {
    return spec == KeySpec.SYMMETRIC_DEFAULT;
  }
}
