package org.secretfs.proxy;

import org.secretfs.block.BlockDevice;

/**
 * A volume with its key in memory.
 *
 * @param device the plaintext; closing it closes cipher and backing
 */
record OpenedVolume(BlockDevice device, VolumeIdentity identity) {}
