/** Key derivation from passphrases: PBKDF2 and Argon2. */
@NullMarked
package org.secretfs.crypto.kdf;

import org.jspecify.annotations.NullMarked;
