/**
 * What servers tell about themselves over plain HTTP on the loopback, for Prometheus and probes.
 */
@NullMarked
package org.secretfs.metrics;

import org.jspecify.annotations.NullMarked;
