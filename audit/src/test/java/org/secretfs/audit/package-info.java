/** Tests of the audit log. */
@NullMarked
package org.secretfs.audit;

import org.jspecify.annotations.NullMarked;
