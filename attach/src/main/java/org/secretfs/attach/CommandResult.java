package org.secretfs.attach;

import java.util.List;

/**
 * How a command ended.
 *
 * @param exitStatus 0 to 255; 128 and the signal's number for a killed one
 * @param output its standard output, at most 64 KiB
 * @param errors its standard error, at most 64 KiB
 */
public record CommandResult(int exitStatus, String output, String errors) {
  private static final int SHOWN_LINES = 5;

  /** The failure to throw, with the last lines of what the command said. */
  public AttachException.CommandFailed failure(Command command) {
    return new AttachException.CommandFailed(command.tool(), exitStatus, lastLines());
  }

  private String lastLines() {
    List<String> lines = (errors.isBlank() ? output : errors).strip().lines().toList();
    return String.join(" / ", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
  }
}
