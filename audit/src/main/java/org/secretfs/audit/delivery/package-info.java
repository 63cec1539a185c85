/**
 * The audit log delivered as log files and signed digest files in CloudTrail's layout, and the
 * check of such files.
 */
@NullMarked
package org.secretfs.audit.delivery;

import org.jspecify.annotations.NullMarked;
