/** Tests of signatures. */
@NullMarked
package org.secretfs.keymanager.sigv4;

import org.jspecify.annotations.NullMarked;
