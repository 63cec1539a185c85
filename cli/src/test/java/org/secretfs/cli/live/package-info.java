/** The command against real parts: key manager, kernel, cryptsetup. */
@NullMarked
package org.secretfs.cli.live;

import org.jspecify.annotations.NullMarked;
