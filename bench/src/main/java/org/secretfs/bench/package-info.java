/** Benchmarks of the engine. */
@NullMarked
package org.secretfs.bench;

import org.jspecify.annotations.NullMarked;
