package org.secretfs.luks;

/**
 * What the owner wants of a volume's manifest. It comes from the configuration or the command line
 * and never from the header, which an attacker could strip of it.
 *
 * @param mode whether there must be one
 * @param leastEpoch manifests below it are refused as old ones put back; 1 to accept any
 */
public record ManifestRule(Mode mode, long leastEpoch) {
  /** There must be one. */
  public static final ManifestRule REQUIRED = new ManifestRule(Mode.REQUIRED, 1);

  public ManifestRule {
    if (leastEpoch < 1) {
      throw new IllegalArgumentException(
          "manifest epoch %d: must be 1 or more".formatted(leastEpoch));
    }
  }

  /** Whether a volume must have a manifest. */
  public enum Mode {
    /** New volumes get one; a volume without one is refused. */
    REQUIRED,
    /** New volumes get one; it is checked where there is one. For volumes made by others. */
    OPTIONAL,
    /** None is made, none is looked at. */
    OFF
  }

  /** Whether new volumes get one. */
  public boolean makes() {
    return mode != Mode.OFF;
  }
}
