/**
 * The encrypting proxy: opens LUKS2 volumes with keys from key sources, offers them as plain disks,
 * and takes them away when a key is withdrawn.
 */
@NullMarked
package org.secretfs.proxy;

import org.jspecify.annotations.NullMarked;
