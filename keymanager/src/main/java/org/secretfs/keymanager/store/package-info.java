/**
 * What the key manager keeps: keys, wrapped key material, aliases, access keys, in one SQLite
 * database.
 */
@NullMarked
package org.secretfs.keymanager.store;

import org.jspecify.annotations.NullMarked;
