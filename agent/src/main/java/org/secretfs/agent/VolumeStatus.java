package org.secretfs.agent;

import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * How a volume fares.
 *
 * @param name its name
 * @param state where it is in its life
 * @param mount where it is mounted; the configured mount point where it is not
 * @param attachment how it is attached; empty where it is not
 * @param device the file or device with the ciphertext
 * @param openedDevice the device with the plaintext; empty where it is not attached
 * @param header what the LUKS header says; empty where there is none
 * @param keySource the kinds of the configured key sources
 * @param reason why it failed, or what is wrong with it
 */
public record VolumeStatus(
    String name,
    State state,
    Path mount,
    Optional<String> attachment,
    Path device,
    Optional<Path> openedDevice,
    Optional<Header> header,
    String keySource,
    Optional<String> reason) {

  /** Where a volume is in its life. */
  public enum State {
    /** There is no volume on the device, or no device. */
    ABSENT,
    /** The device holds a LUKS volume that is not attached. */
    CLOSED,
    /** Attached and not mounted. */
    OPEN,
    /** Mounted. */
    MOUNTED,
    /** The last attempt to bring it up failed, or what is attached no longer works. */
    FAILED
  }

  /**
   * What the LUKS header says.
   *
   * @param format {@code LUKS2}
   * @param uuid the volume's UUID
   * @param cipher as dm-crypt names it
   * @param sectorSize bytes per encryption unit
   * @param damagedCopy why one copy of the header should be rewritten; empty if both are good
   */
  public record Header(
      String format, UUID uuid, String cipher, int sectorSize, Optional<String> damagedCopy) {}
}
