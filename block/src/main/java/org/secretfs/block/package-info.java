/** Block devices and their kinds. */
@NullMarked
package org.secretfs.block;

import org.jspecify.annotations.NullMarked;
