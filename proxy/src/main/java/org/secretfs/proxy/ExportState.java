package org.secretfs.proxy;

import java.util.Locale;

/** Where an export is in its life. */
public enum ExportState {
  /** Not opened yet, or the last attempt failed; the next client's arrival tries again. */
  CLOSED,
  /** Its key is in memory and it serves. */
  OPEN,
  /** Its key left memory; it serves again when it is resumed. */
  SUSPENDED,
  /** No new clients; ends when the last is gone. */
  DRAINING,
  /** Drained: closed, and takes no clients until it is resumed. */
  DRAINED,
  /** Over. */
  REMOVED;

  /** As in the list of exports and in metrics. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
