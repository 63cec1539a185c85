/** What can go wrong in the command itself. */
@NullMarked
package org.secretfs.cli.failure;

import org.jspecify.annotations.NullMarked;
