package org.secretfs.agent;

import org.secretfs.attach.Attachments;
import org.secretfs.attach.FileSystems;
import org.secretfs.attach.Mounts;

/**
 * The parts of the operating system that a volume needs.
 *
 * @param attachments the ways of attaching
 * @param mounts the mount table
 * @param fileSystems mkfs and blkid
 */
public record Machine(Attachments attachments, Mounts mounts, FileSystems fileSystems) {}
