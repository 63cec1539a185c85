/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.crypto;

import org.jspecify.annotations.NullMarked;
