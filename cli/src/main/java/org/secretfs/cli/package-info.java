/** The secretfs command: configuration, sub-commands, and output as text and JSON. */
@NullMarked
package org.secretfs.cli;

import org.jspecify.annotations.NullMarked;
