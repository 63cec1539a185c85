/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.block;

import org.jspecify.annotations.NullMarked;
