/** Delivers the audit trail, and signs it. */
@NullMarked
package org.secretfs.keymanager.trail;

import org.jspecify.annotations.NullMarked;
