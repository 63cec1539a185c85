@NullMarked
package org.secretfs.metrics;

import org.jspecify.annotations.NullMarked;
