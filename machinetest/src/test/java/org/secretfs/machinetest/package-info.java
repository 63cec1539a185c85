/**
 * Boots the packaged product in a virtual machine with a real kernel: dm-crypt, NVMe, systemd,
 * cloud-init and an instance metadata service.
 */
@NullMarked
package org.secretfs.machinetest;

import org.jspecify.annotations.NullMarked;
