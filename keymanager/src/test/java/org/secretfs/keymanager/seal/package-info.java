/** Tests of the seals of the root key. */
@NullMarked
package org.secretfs.keymanager.seal;

import org.jspecify.annotations.NullMarked;
