/**
 * The commands below {@code secretfs luks}: what cryptsetup does with LUKS volumes, on our engine.
 */
@NullMarked
package org.secretfs.cli.luks;

import org.jspecify.annotations.NullMarked;
