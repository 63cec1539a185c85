/** How every module says that something failed: a code, a kind that tells who can act, and text. */
@NullMarked
package org.secretfs.failure;

import org.jspecify.annotations.NullMarked;
