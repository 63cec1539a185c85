package org.secretfs.attach;

import java.util.HashMap;
import java.util.Map;
import org.secretfs.luks.CryptSegment;

/** What {@code cryptsetup status} tells of a mapping, as "name: value" lines. */
record MappingStatus(Map<String, String> facts) {
  private static final int UNIT_BYTES = 512;

  static MappingStatus parse(String text) {
    Map<String, String> facts = new HashMap<>();
    for (String line : text.lines().toList()) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        facts.put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
      }
    }
    return new MappingStatus(facts);
  }

  /**
   * Compares with the segment that was asked for.
   *
   * @throws AttachException.UnexpectedContent naming the first fact that differs
   */
  void check(String volumeName, CryptSegment wanted) throws AttachException {
    compare(volumeName, "cipher", wanted.cipher());
    compare(volumeName, "sector size", Integer.toString(wanted.sectorSize()));
    compare(volumeName, "offset", wanted.offsetBytes() / UNIT_BYTES + " sectors");
  }

  private void compare(String volumeName, String fact, String wanted) throws AttachException {
    String actual = facts.getOrDefault(fact, "not told");
    if (!actual.equals(wanted)) {
      throw new AttachException.UnexpectedContent(
          "volume %s was opened with %s '%s', its checked header says '%s'"
              .formatted(volumeName, fact, actual, wanted));
    }
  }
}
