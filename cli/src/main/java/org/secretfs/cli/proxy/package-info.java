/** The commands of the encrypting proxy. */
@NullMarked
package org.secretfs.cli.proxy;

import org.jspecify.annotations.NullMarked;
