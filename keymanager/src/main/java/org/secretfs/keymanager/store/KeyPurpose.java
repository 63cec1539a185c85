package org.secretfs.keymanager.store;

import java.util.Locale;

/** What a key-encryption key is for. Each purpose has a key of its own. */
enum KeyPurpose {
  /** The material of keys. */
  MATERIAL,
  /** Secret access keys, keys of second factors, and the key that signs the audit trail. */
  CREDENTIALS,
  /** What is given out and comes back: tokens, and secrets derived from their names. */
  TOKENS,
  /** Codes by which imported material is known again. */
  CHECKS,
  /** Backups of the database. */
  BACKUPS;

  /** How the database names it. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
