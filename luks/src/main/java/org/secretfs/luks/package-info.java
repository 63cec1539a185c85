/**
 * The LUKS2 on-disk format: reads, formats, unlocks, updates and repairs volumes that cryptsetup
 * reads too.
 *
 * <p>Begin with {@link org.secretfs.luks.LuksProbe} or {@link org.secretfs.luks.Luks2Volume}.
 */
@NullMarked
package org.secretfs.luks;

import org.jspecify.annotations.NullMarked;
