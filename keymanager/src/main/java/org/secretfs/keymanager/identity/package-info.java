/** Who asks: users, roles, their sessions and second factors. */
@NullMarked
package org.secretfs.keymanager.identity;

import org.jspecify.annotations.NullMarked;
