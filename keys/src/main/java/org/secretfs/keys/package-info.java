/**
 * Where a volume's secret comes from: a key management service and object storage or a directory,
 * and other sources, each behind one {@link org.secretfs.keys.KeySource}.
 */
@NullMarked
package org.secretfs.keys;

import org.jspecify.annotations.NullMarked;
