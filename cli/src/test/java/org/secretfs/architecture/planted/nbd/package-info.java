/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.nbd;

import org.jspecify.annotations.NullMarked;
