/** Stream sockets of the operating system, plain and under TLS. */
@NullMarked
package org.secretfs.nbd.socket;

import org.jspecify.annotations.NullMarked;
