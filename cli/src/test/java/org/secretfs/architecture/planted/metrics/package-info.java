/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.metrics;

import org.jspecify.annotations.NullMarked;
