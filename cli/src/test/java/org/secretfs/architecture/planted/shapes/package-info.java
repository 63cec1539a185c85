/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.shapes;

import org.jspecify.annotations.NullMarked;
