package org.secretfs.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.secretfs.attach.Attachment;
import org.secretfs.attach.CommandRunner;
import org.secretfs.attach.SystemCommandRunner;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.config.Version;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.cli.process.Wiring;
import org.secretfs.crypto.Measurement;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.ProcessHardening;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Looks at what this machine offers. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Looks at what this machine offers: cipher providers and how fast each is, ways to attach,",
      "tools, memory protection, swap. Changes nothing; exit 5 if no volume could come up here.",
    })
final class DoctorCommand implements Callable<Integer> {
  private static final int[] SECTOR_SIZES = {512, 4096};
  private static final List<String> TOOLS =
      List.of("cryptsetup", "blkid", "losetup", "mount", "mkfs.ext4", "mkfs.xfs", "mkfs.btrfs");

  private final Output output;

  @Option(names = "--json", description = "Print facts as one JSON document.")
  private boolean json;

  @Option(
      names = "--seconds",
      defaultValue = "1",
      description = "How long to measure each sector size (default: ${DEFAULT-VALUE}).")
  private double seconds = 1;

  DoctorCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    CommandRunner runner = new SystemCommandRunner();
    ObjectNode report = Output.object();
    report.put("secretfs", Version.NUMBER);
    report.put("java", Runtime.version().toString());
    report.set("ciphers", ciphers());
    boolean attachable = attachments(report.putArray("attachments"));
    tools(runner, report.putObject("tools"));
    memory(report.putArray("memory"));
    report.put("swap", swap());
    if (json) {
      output.json(report);
    } else {
      new DoctorText(output).print(report);
    }
    return attachable ? ExitStatus.DONE : ExitStatus.UNREACHABLE;
  }

  private ArrayNode ciphers() {
    ArrayNode ciphers = Output.JSON.createArrayNode();
    Duration budget = Duration.ofMillis(Math.max(50, (long) (seconds * 1000)));
    for (int sectorSize : SECTOR_SIZES) {
      String chosen = SectorCiphers.chosen(sectorSize).name();
      for (Measurement one : SectorCiphers.measure(sectorSize, budget)) {
        ObjectNode cipher = ciphers.addObject();
        cipher.put("cipher", "aes-xts-plain64");
        cipher.put("sector_size", sectorSize);
        cipher.put("provider", one.provider());
        cipher.put("chosen", one.provider().equals(chosen));
        if (one.bytesPerSecond().isPresent()) {
          cipher.put("bytes_per_second", Math.round(one.bytesPerSecond().getAsDouble()));
        }
        one.unavailable().ifPresent(reason -> cipher.put("unavailable", reason));
      }
    }
    return ciphers;
  }

  private static boolean attachments(ArrayNode report) {
    boolean any = false;
    Path runtime = SecretfsConfig.DEFAULT_FILES.runtimeDirectory();
    for (Attachment attachment : Wiring.machine(runtime).attachments().all()) {
      Optional<String> reason = attachment.unavailableBecause();
      any |= reason.isEmpty();
      ObjectNode one = report.addObject();
      one.put("kind", attachment.kind());
      one.put("available", reason.isEmpty());
      reason.ifPresent(text -> one.put("unavailable", text));
    }
    return any;
  }

  private static void tools(CommandRunner runner, ObjectNode report) {
    TOOLS.forEach(tool -> report.put(tool, runner.find(tool).map(Path::toString).orElse(null)));
  }

  private static void memory(ArrayNode report) {
    for (ProcessHardening.Fact fact : ProcessHardening.apply()) {
      ObjectNode one = report.addObject();
      one.put("measure", fact.name());
      one.put("effective", fact.effective());
      one.put("detail", fact.detail());
    }
  }

  private static String swap() {
    try {
      List<String> areas = Files.readAllLines(Path.of("/proc/swaps"));
      return areas.size() <= 1
          ? "none"
          : String.join("; ", areas.subList(1, areas.size())).replaceAll("\\s+", " ");
    } catch (IOException e) {
      return "unknown: " + e.getMessage();
    }
  }

  /** The report as text. */
  private record DoctorText(Output output) {
    void print(ObjectNode report) {
      output.line("secretfs %s on Java %s", text(report, "secretfs"), text(report, "java"));
      output.line("");
      output.line("aes-xts-plain64, one thread (the fastest is chosen for each sector size):");
      report
          .get("ciphers")
          .forEach(c ->
              output.line(
                  "  %s %-10s %5d-byte sectors  %s",
                  c.get("chosen").asBoolean() ? "*" : " ",
                  c.get("provider").asText(),
                  c.get("sector_size").asInt(),
                  speed(c)));
      output.line("ways to attach a volume (the first that is available is used):");
      report
          .get("attachments")
          .forEach(a ->
              output.line(
                  "    %-10s %s",
                  a.get("kind").asText(), a.path("unavailable").asText("available")));
      output.line("tools:");
      report
          .get("tools")
          .properties()
          .forEach(tool ->
              output.line("    %-10s %s", tool.getKey(), tool.getValue().asText("missing")));
      output.line("memory of this process:");
      report
          .get("memory")
          .forEach(m ->
              output.line(
                  "    %-14s %s (%s)",
                  m.get("measure").asText(),
                  m.get("effective").asBoolean() ? "protected" : "NOT PROTECTED",
                  m.get("detail").asText()));
      output.line(
          "swap: %s%s",
          text(report, "swap"),
          text(report, "swap").equals("none") ? "" : "  (plaintext of files can get there)");
    }

    private static String text(ObjectNode report, String name) {
      return report.get(name).asText();
    }

    private static String speed(com.fasterxml.jackson.databind.JsonNode cipher) {
      if (cipher.has("unavailable")) {
        return "unavailable: " + cipher.get("unavailable").asText();
      }
      return String.format(
          Locale.ROOT, "%6.2f GB/s", cipher.path("bytes_per_second").asLong() / 1e9);
    }
  }
}
