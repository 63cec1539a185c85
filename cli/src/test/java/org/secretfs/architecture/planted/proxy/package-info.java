/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.proxy;

import org.jspecify.annotations.NullMarked;
