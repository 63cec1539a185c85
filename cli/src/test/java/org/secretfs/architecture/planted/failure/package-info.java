/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.failure;

import org.jspecify.annotations.NullMarked;
