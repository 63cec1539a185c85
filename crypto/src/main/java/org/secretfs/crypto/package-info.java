/** Sector ciphers: AES-XTS with plain64 tweaks, by the fastest provider at hand. */
@NullMarked
package org.secretfs.crypto;

import org.jspecify.annotations.NullMarked;
