package org.secretfs.luks;

/**
 * What status reports of a keyslot.
 *
 * @param number 0 to 31, in LUKS1 to 7
 * @param priority in which order it is tried
 * @param kdf how the passphrase is stretched
 * @param keySizeBytes the length of the key it wraps
 * @param areaOffsetBytes where its area begins on the header device
 * @param areaSizeBytes the length of its area
 * @param boundToSegment whether its key is the volume's; unbound keyslots hold other keys
 * @param wrapping how the key lies in the area
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §3.2 Keyslots Object
 */
public record KeyslotInfo(
    int number,
    Priority priority,
    KdfParameters kdf,
    int keySizeBytes,
    long areaOffsetBytes,
    long areaSizeBytes,
    boolean boundToSegment,
    Wrapping wrapping) {
  /**
   * How the key lies in the area.
   *
   * @param cipher the area's cipher, as dm-crypt names it
   * @param cipherKeyBytes the length of the area's own key
   * @param salt of the derivation of the area's key, base64
   * @param splitterHash the hash of the anti-forensic splitter, as LUKS names it
   * @param stripes of the anti-forensic splitter
   */
  public record Wrapping(
      String cipher, int cipherKeyBytes, String salt, String splitterHash, int stripes) {}

  /** In which order keyslots are tried. */
  public enum Priority {
    /** Tried only when named. */
    IGNORE(0),
    /** Tried after those preferred. */
    NORMAL(1),
    /** Tried first. */
    PREFER(2);

    private final int stored;

    Priority(int stored) {
      this.stored = stored;
    }

    /** The number in the header. */
    int stored() {
      return stored;
    }
  }
}
