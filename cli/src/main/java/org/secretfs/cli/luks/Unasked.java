package org.secretfs.cli.luks;

import picocli.CommandLine.Option;

/** For commands that ask for no confirmation. */
final class Unasked {
  @Option(
      names = {"-q", "--batch-mode"},
      hidden = true,
      description = "Accepted: nothing is asked.")
  @SuppressWarnings("UnusedVariable")
  private boolean batch;
}
