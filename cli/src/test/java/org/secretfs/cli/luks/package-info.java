/** The commands below {@code secretfs luks}, run in this process and judged by cryptsetup. */
@org.jspecify.annotations.NullMarked
package org.secretfs.cli.luks;
