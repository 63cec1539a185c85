/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.keys;

import org.jspecify.annotations.NullMarked;
