package org.secretfs.attach;

import java.util.Optional;

/**
 * One way to give an opened volume to the operating system as a block device.
 *
 * <p>Keeps nothing in memory: what is attached is read from the operating system each time, so any
 * process with the right to do so finds and detaches what another attached. Safe for use by several
 * threads and processes at once.
 */
public interface Attachment {
  /** The name under which the owner chooses it: {@code dm-crypt} or {@code fuse}. */
  String kind();

  /** Why this machine cannot do it, as one sentence; empty where it can. Cheap, but runs tools. */
  Optional<String> unavailableBecause();

  /**
   * Attaches the volume. Parts that a crash left of an earlier attachment are cleaned up first.
   *
   * @return the healthy volume; on failure nothing stays behind
   * @throws AttachException.Busy if the volume is attached already, or its backing device is in use
   * @throws AttachException.NotFound if the backing device is not there
   * @throws AttachException.Unavailable if a tool or a kernel feature is missing
   * @throws AttachException.ServerDied if the process that should serve it did not get ready
   * @throws AttachException.CommandFailed if a command of the operating system failed
   * @throws AttachException.UnexpectedContent if the header on the backing device is no longer the
   *     one that the request describes
   */
  AttachedVolume attach(AttachRequest request) throws AttachException;

  /** Looks the volume up in the operating system's state; also finds the remains of a crash. */
  Optional<AttachedVolume> find(String volumeName) throws AttachException;

  /**
   * Returns what a volume that {@link #find} returned is made of; empty where that was not noted,
   * or it is gone.
   */
  Optional<VolumeParts> parts(AttachedVolume volume) throws AttachException;

  /**
   * Takes the volume away: everything written is on the backing device when this returns. Does
   * nothing where it is not attached, and cleans up what a crash left.
   *
   * @throws AttachException.Busy if something still uses it, such as a mounted file system; nothing
   *     was lost, and the call can be repeated
   */
  void detach(String volumeName) throws AttachException;
}
