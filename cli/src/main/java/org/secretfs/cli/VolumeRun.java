package org.secretfs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import org.secretfs.agent.Agent;
import org.secretfs.agent.VolumeSpec;
import org.secretfs.agent.VolumeStatus;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.FailureReport;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;

/** Does one thing to several volumes and then tells how they fare. */
final class VolumeRun {
  private final Output output;
  private final boolean json;
  private final FailureReport failures;

  VolumeRun(Output output, boolean json) {
    this.output = output;
    this.json = json;
    this.failures = new FailureReport(output);
  }

  /**
   * Acts on each volume; one that fails does not keep the others from their turn.
   *
   * @return the exit status of the first failure, or 0
   */
  int each(Agent agent, List<VolumeSpec> volumes, Act act) throws SecretfsException {
    int status = ExitStatus.DONE;
    ArrayNode statuses = Output.JSON.createArrayNode();
    for (VolumeSpec volume : volumes) {
      int one = act(volume, act);
      status = status == ExitStatus.DONE ? one : status;
      show(agent.status(volume), statuses);
    }
    if (json) {
      output.json(Output.object().set("volumes", statuses));
    }
    return status;
  }

  private int act(VolumeSpec volume, Act act) {
    try {
      act.on(volume);
      return ExitStatus.DONE;
    } catch (SecretfsException e) {
      return failures.report(e, false);
    }
  }

  private void show(VolumeStatus status, ArrayNode statuses) {
    if (json) {
      statuses.add(document(status));
    } else {
      output.line("%s", text(status));
    }
  }

  private static String text(VolumeStatus status) {
    StringBuilder line = new StringBuilder();
    line.append("%-12s %-8s".formatted(status.name(), word(status)));
    if (status.state() == VolumeStatus.State.MOUNTED) {
      line.append(" at ").append(status.mount());
    }
    status.attachment().ifPresent(kind -> line.append("  ").append(kind));
    status.openedDevice().ifPresent(device -> line.append(' ').append(device));
    line.append("  on ").append(status.device());
    status
        .header()
        .ifPresent(
            h -> line.append("  %s %s/%d".formatted(h.format(), h.cipher(), h.sectorSize())));
    line.append("  key: ").append(status.keySource());
    status.reason().ifPresent(reason -> line.append("\n  because: ").append(reason));
    return line.toString();
  }

  private static String word(VolumeStatus status) {
    return status.state().name().toLowerCase(Locale.ROOT);
  }

  private static ObjectNode document(VolumeStatus status) {
    ObjectNode document = Output.object();
    document.put("name", status.name());
    document.put("state", word(status));
    document.put("mount", status.mount().toString());
    document.put("attachment", status.attachment().orElse(null));
    document.put("device", status.device().toString());
    document.put("opened_device", status.openedDevice().map(Object::toString).orElse(null));
    document.put("format", status.header().map(VolumeStatus.Header::format).orElse(null));
    document.put("cipher", status.header().map(VolumeStatus.Header::cipher).orElse(null));
    document.put("sector_size", status.header().map(VolumeStatus.Header::sectorSize).orElse(null));
    document.put("uuid", status.header().map(h -> h.uuid().toString()).orElse(null));
    document.put(
        "damaged_header_copy",
        status.header().flatMap(VolumeStatus.Header::damagedCopy).orElse(null));
    document.put("key_source", status.keySource());
    document.put("reason", status.reason().orElse(null));
    return document;
  }

  /** What is done to each volume. */
  @FunctionalInterface
  interface Act {
    void on(VolumeSpec volume) throws SecretfsException;
  }
}
