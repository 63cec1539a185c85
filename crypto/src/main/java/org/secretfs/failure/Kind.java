package org.secretfs.failure;

/** Who can do something about a failure. Drives exit status, retries and alerts. */
public enum Kind {
  /** The owner wrote a wrong command line or configuration. */
  CONFIGURATION,
  /** A credential, a policy or the state of a key says no. */
  DENIED,
  /** A device or its data is not as expected: not LUKS, corrupt, not blank. */
  DATA,
  /** Something that is needed cannot be reached now; trying again later may help. */
  UNREACHABLE,
  /** Everything else; a defect until proven otherwise. */
  INTERNAL
}
