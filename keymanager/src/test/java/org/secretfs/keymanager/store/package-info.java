/** Tests of the store. */
@NullMarked
package org.secretfs.keymanager.store;

import org.jspecify.annotations.NullMarked;
