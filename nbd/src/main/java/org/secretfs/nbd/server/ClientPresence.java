package org.secretfs.nbd.server;

/** Tells a device that holds requests back whether their client is still there. */
@FunctionalInterface
public interface ClientPresence {
  /** Asks the kernel, which costs a system call: for requests that wait, not for every one. */
  boolean isThere();
}
