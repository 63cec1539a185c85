/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.attach;

import org.jspecify.annotations.NullMarked;
