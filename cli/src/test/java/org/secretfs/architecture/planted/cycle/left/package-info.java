/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.cycle.left;

import org.jspecify.annotations.NullMarked;
