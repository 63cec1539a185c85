/** The client: a block device behind a server. */
@NullMarked
package org.secretfs.nbd.client;

import org.jspecify.annotations.NullMarked;
