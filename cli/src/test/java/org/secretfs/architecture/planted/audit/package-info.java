/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.audit;

import org.jspecify.annotations.NullMarked;
