/** Classes that break rules. */
@NullMarked
package org.secretfs.architecture.planted.keymanager;

import org.jspecify.annotations.NullMarked;
