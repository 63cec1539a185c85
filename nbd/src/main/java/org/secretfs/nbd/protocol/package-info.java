/** The protocol's numbers and errors, as its text names them. */
@NullMarked
package org.secretfs.nbd.protocol;

import org.jspecify.annotations.NullMarked;
