package org.secretfs.keymanager.store;

/** What may be done with a key. The names are those of the API. */
public enum KeyState {
  /** Everything. */
  Enabled,
  /** Nothing but looking at it and changing its state. */
  Disabled,
  /** Nothing but looking at it and cancelling its deletion. */
  PendingDeletion,
  /** Nothing but importing its material: it has none, or none any more. */
  PendingImport
}
