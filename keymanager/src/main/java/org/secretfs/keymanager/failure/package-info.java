/** What stops a key manager from starting or being changed. */
@NullMarked
package org.secretfs.keymanager.failure;

import org.jspecify.annotations.NullMarked;
