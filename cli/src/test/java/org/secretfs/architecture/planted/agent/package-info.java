/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.agent;

import org.jspecify.annotations.NullMarked;
