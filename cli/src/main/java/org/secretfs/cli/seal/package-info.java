/** Commands about the key manager's root key, its seals, and backups. */
@NullMarked
package org.secretfs.cli.seal;

import org.jspecify.annotations.NullMarked;
