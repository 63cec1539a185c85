/**
 * Audit records in CloudTrail's record format, in an append-only log whose lines are chained by
 * hashes and durable before {@link org.secretfs.audit.AuditLog#append} returns.
 */
@NullMarked
package org.secretfs.audit;

import org.jspecify.annotations.NullMarked;
