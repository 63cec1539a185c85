package org.secretfs.attach;

import java.nio.file.Path;
import java.util.Optional;

/** Runs commands of the operating system: the one door to them for this module. */
public interface CommandRunner {
  /** Looks a tool up in {@code /usr/sbin:/usr/bin:/sbin:/bin}, whatever the caller's PATH says. */
  Optional<Path> find(String tool);

  /**
   * Runs a command to its end, with an empty environment but for a fixed PATH and {@code LC_ALL=C}.
   *
   * @return its exit status, whatever that is, and the first 64 KiB of each of its outputs
   * @throws AttachException.Unavailable if the tool is not installed
   * @throws AttachException.CommandFailed if it did not end in time; it was killed then
   */
  CommandResult run(Command command) throws AttachException;

  /**
   * Runs a command that must succeed and returns its standard output.
   *
   * @throws AttachException.CommandFailed if it ends with another status than 0
   */
  default String require(Command command) throws AttachException {
    CommandResult result = run(command);
    if (result.exitStatus() != 0) {
      throw result.failure(command);
    }
    return result.output();
  }
}
