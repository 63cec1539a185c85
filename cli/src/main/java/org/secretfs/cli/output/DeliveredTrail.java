package org.secretfs.cli.output;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.secretfs.audit.Verification;
import org.secretfs.audit.delivery.TrailKey;
import org.secretfs.audit.delivery.TrailReport;
import org.secretfs.audit.delivery.TrailVerifier;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.keymanager.s3.BucketDirectory;

/** Checks the files of a delivered trail, and tells what came of it. */
public final class DeliveredTrail {
  private final Path directory;
  private final TrailReport report;

  private DeliveredTrail(Path directory, TrailReport report) {
    this.directory = directory;
    this.report = report;
  }

  /**
   * Checks all files.
   *
   * @param directory a bucket, or a copy of one
   * @param publicKeys the answer of ListPublicKeys
   */
  public static DeliveredTrail check(Path directory, Path publicKeys) throws CliException {
    if (!Files.isDirectory(directory)) {
      throw new CliException(
          CliError.TRAIL_UNREADABLE,
          "delivered trail %s: there is no such directory".formatted(directory));
    }
    try {
      return new DeliveredTrail(
          directory,
          TrailVerifier.verify(
              new BucketDirectory(directory), TrailKey.readList(Files.readAllBytes(publicKeys))));
    } catch (IOException e) {
      throw new CliException(
          CliError.TRAIL_UNREADABLE,
          "delivered trail %s with public keys %s cannot be read: %s"
              .formatted(directory, publicKeys, e.getMessage()),
          e);
    }
  }

  /** The last record that a digest vouches for, which the audit log must still hold. */
  public Verification.Head lastRecord() {
    return report.lastSequence() == 0
        ? Verification.Head.EMPTY
        : new Verification.Head(report.lastSequence(), report.lastHash());
  }

  /** Tells it in lines. */
  public void print(Output output) {
    output.line(
        "%s: %d digests, %d log files, %d records, %s; %d log files not in a digest yet",
        directory,
        report.digests(),
        report.logs(),
        report.records(),
        report.isIntact() ? "intact" : "BROKEN",
        report.undigested());
    report.problems().forEach(problem -> output.line("  %s", problem));
  }

  /** Tells it in JSON. */
  public JsonNode document() {
    ObjectNode json =
        Output.object()
            .put("directory", directory.toString())
            .put("digests", report.digests())
            .put("logFiles", report.logs())
            .put("records", report.records())
            .put("lastSequence", report.lastSequence())
            .put("undigestedLogFiles", report.undigested())
            .put("intact", report.isIntact());
    var problems = json.putArray("problems");
    report.problems().forEach(problems::add);
    return json;
  }

  /** Fails with the first thing that is wrong. */
  public void requireIntact() throws CliException {
    if (!report.isIntact()) {
      throw new CliException(
          CliError.TRAIL_BROKEN, "delivered trail is broken: " + report.problems().getFirst());
    }
  }
}
