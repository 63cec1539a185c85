package org.secretfs.audit.delivery;

import java.util.List;

/**
 * What a check of a trail's files found.
 *
 * @param digests how many digests are right
 * @param logs how many log files are, of those that digests name
 * @param records how many records are in these
 * @param lastSequence the number of the last of these records; 0 for none
 * @param lastHash its hash in the audit log
 * @param undigested how many log files no digest names yet
 * @param problems what is wrong, each with its place; empty for a trail that is whole
 */
public record TrailReport(
    int digests,
    int logs,
    long records,
    long lastSequence,
    String lastHash,
    int undigested,
    List<String> problems) {
  public TrailReport {
    problems = List.copyOf(problems);
  }

  /** Whether nothing is wrong. */
  public boolean isIntact() {
    return problems.isEmpty();
  }
}
