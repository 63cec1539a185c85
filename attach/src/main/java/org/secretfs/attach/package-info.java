/**
 * Gives an opened volume to the operating system: the kernel's dm-crypt where there is one, a
 * process of ours behind FUSE and a loop device otherwise; and makes and mounts file systems on it.
 */
@NullMarked
package org.secretfs.attach;

import org.jspecify.annotations.NullMarked;
