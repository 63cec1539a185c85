/** What the command prints: facts, failures with hints, and the exit status. */
@NullMarked
package org.secretfs.cli.output;

import org.jspecify.annotations.NullMarked;
