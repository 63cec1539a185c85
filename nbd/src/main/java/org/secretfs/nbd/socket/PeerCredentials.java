package org.secretfs.nbd.socket;

/** The process at the other end of a Unix socket when it connected, as the kernel tells it. */
public record PeerCredentials(int pid, int uid, int gid) {}
