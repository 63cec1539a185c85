package org.secretfs.attach;

import java.util.List;

/**
 * A device to serve under a name, which only its opener knows how to open: no cipher, no key.
 *
 * @param name the name on this machine; see {@link VolumeName}
 * @param description what the opener in the serving process is told, and what {@link
 *     FuseDevices#description} tells later; no secrets, at most 64 texts without line ends and 8
 *     KiB in all
 * @param sectorSizeBytes the logical sector size that file systems see: 512 to 4096
 */
public record DeviceRequest(
    VolumeName name, List<String> description, int sectorSizeBytes, boolean readOnly) {
  private static final int MOST_TEXTS = 64;
  private static final int MOST_CHARACTERS = 8192;

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if one is broken
   */
  public DeviceRequest {
    description = List.copyOf(description);
    int characters = description.stream().mapToInt(String::length).sum();
    if (description.size() > MOST_TEXTS || characters > MOST_CHARACTERS) {
      throw new IllegalArgumentException(
          "a description of %d texts and %d characters: at most %d and %d"
              .formatted(description.size(), characters, MOST_TEXTS, MOST_CHARACTERS));
    }
    if (description.stream().anyMatch(text -> text.contains("\n"))) {
      throw new IllegalArgumentException("a description with a line end");
    }
    if (Integer.bitCount(sectorSizeBytes) != 1 || sectorSizeBytes < 512 || sectorSizeBytes > 4096) {
      throw new IllegalArgumentException(
          "sectors of %d bytes: must be a power of two from 512 to 4096"
              .formatted(sectorSizeBytes));
    }
  }
}
