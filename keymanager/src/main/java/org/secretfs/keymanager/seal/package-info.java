/** The root key and the seals that keep it. */
@NullMarked
package org.secretfs.keymanager.seal;

import org.jspecify.annotations.NullMarked;
