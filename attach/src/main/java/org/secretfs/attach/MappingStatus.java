package org.secretfs.attach;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.secretfs.luks.CryptSegment;

/** What {@code cryptsetup status} tells of a mapping, as "name: value" lines. */
record MappingStatus(Map<String, String> facts) {
  private static final long UNIT_BYTES = 512;
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

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

  /** What it says of the mapping; where the header is, it does not. */
  Optional<VolumeParts> parts() {
    String backing = facts.getOrDefault("loop", facts.getOrDefault("device", ""));
    if (backing.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new VolumeParts(
            Path.of(backing),
            Optional.empty(),
            facts.getOrDefault("mode", "").startsWith("readonly"),
            number("size").orElse(0) * UNIT_BYTES,
            Optional.ofNullable(facts.get("cipher")),
            number("keysize").stream().mapToInt(Math::toIntExact).findFirst()));
  }

  /** The number that a value begins with. */
  private OptionalLong number(String fact) {
    Matcher matcher = NUMBER.matcher(facts.getOrDefault(fact, ""));
    return matcher.lookingAt()
        ? OptionalLong.of(Long.parseLong(matcher.group()))
        : OptionalLong.empty();
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
