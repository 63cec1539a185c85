/** Processes of our own, and the parts of this machine put together. */
@NullMarked
package org.secretfs.cli.process;

import org.jspecify.annotations.NullMarked;
