package org.secretfs.luks;

/** Hears how far a re-encryption is. */
@FunctionalInterface
public interface ReencryptListener {
  /**
   * Called before the first zone, after each zone, and at the end.
   *
   * @param doneBytes how much of the volume is as it will be
   * @param totalBytes the volume
   * @return whether to go on; if not, the re-encryption can be resumed at any time
   */
  boolean progress(long doneBytes, long totalBytes);
}
