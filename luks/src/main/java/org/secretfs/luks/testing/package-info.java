/** Fakes that tests of several modules share; nothing of the product uses them. */
@NullMarked
package org.secretfs.luks.testing;

import org.jspecify.annotations.NullMarked;
