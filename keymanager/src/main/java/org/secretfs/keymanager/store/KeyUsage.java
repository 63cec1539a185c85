package org.secretfs.keymanager.store;

/** What a key is for, by the name that the API has for it; fixed when the key is made. */
public enum KeyUsage {
  ENCRYPT_DECRYPT,
  SIGN_VERIFY,
  GENERATE_VERIFY_MAC,
  KEY_AGREEMENT
}
