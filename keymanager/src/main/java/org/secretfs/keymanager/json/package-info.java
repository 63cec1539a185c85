/** JSON from outside: bounded in every way, no name twice. */
@NullMarked
package org.secretfs.keymanager.json;

import org.jspecify.annotations.NullMarked;
