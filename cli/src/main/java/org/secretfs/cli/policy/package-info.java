/** Tries policies out, without a key manager. */
@NullMarked
package org.secretfs.cli.policy;

import org.jspecify.annotations.NullMarked;
