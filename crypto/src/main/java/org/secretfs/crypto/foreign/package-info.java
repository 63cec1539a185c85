/** Calls into libcrypto and libargon2. For this module; not an API. */
@NullMarked
package org.secretfs.crypto.foreign;

import org.jspecify.annotations.NullMarked;
