/** Key material outside the Java heap: locked, not dumped, wiped. */
@NullMarked
package org.secretfs.crypto.memory;

import org.jspecify.annotations.NullMarked;
