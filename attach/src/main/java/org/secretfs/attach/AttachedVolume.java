package org.secretfs.attach;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A volume as the operating system has it now.
 *
 * @param volumeName the name it was attached under
 * @param kind the {@link Attachment#kind} that holds it
 * @param device what to make a file system on and to mount: {@code /dev/mapper/secretfs-NAME} or
 *     {@code /dev/loopN}. Where the loop device is gone, the path that it should have had behind it
 * @param serverPid the process that serves it, where there is one
 * @param unhealthyBecause empty where the volume works; otherwise what is missing
 */
public record AttachedVolume(
    String volumeName,
    String kind,
    Path device,
    OptionalLong serverPid,
    Optional<String> unhealthyBecause) {

  /** Whether all its parts are there and answer. */
  public boolean healthy() {
    return unhealthyBecause.isEmpty();
  }
}
