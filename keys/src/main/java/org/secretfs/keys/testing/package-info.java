/** Fakes for the tests of whoever uses key sources. Nothing here protects anything. */
@NullMarked
package org.secretfs.keys.testing;

import org.jspecify.annotations.NullMarked;
