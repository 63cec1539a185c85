/** The main job end to end, shown step by step on one machine. */
@NullMarked
package org.secretfs.cli.quickstart;

import org.jspecify.annotations.NullMarked;
