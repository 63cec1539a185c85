/** The server: negotiation and transmission. */
@NullMarked
package org.secretfs.nbd.server;

import org.jspecify.annotations.NullMarked;
