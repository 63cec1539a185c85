package org.secretfs.keys;

/** What becomes of a secret that a {@link KeySource} made, once its volume is closed. */
public enum Keeping {
  /** The source gives it again: the volume opens at the next boot. */
  STORED,
  /** The source never gives it again; the holder of an escrow key can. */
  ESCROWED,
  /** Nobody has it: what was written is lost. */
  NOWHERE
}
