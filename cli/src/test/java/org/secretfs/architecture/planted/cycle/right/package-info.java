/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.cycle.right;

import org.jspecify.annotations.NullMarked;
