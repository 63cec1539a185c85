/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.luks;

import org.jspecify.annotations.NullMarked;
