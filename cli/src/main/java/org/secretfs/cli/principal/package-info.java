/** Users, roles and policies of the key manager, administered on its own machine. */
@NullMarked
package org.secretfs.cli.principal;

import org.jspecify.annotations.NullMarked;
