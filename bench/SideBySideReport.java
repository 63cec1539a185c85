import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Prints the figures of {@code side-by-side} as Markdown tables of medians, with what is asked for
 * and whether it was reached: {@code FIGURES MISSING [JSON]}. Exit status 1 if ours has no figure.
 */
final class SideBySideReport {
  private static final List<Goal> GOALS =
      List.of(
          new Goal("engine", "4096-byte sectors", "openssl", 1.3),
          new Goal("engine", "512-byte sectors", "openssl", 0.7),
          new Goal("nbd", "read 1 MiB QD 32", "nbdkit-luks", 2.5),
          new Goal("nbd", "write 1 MiB QD 32", "nbdkit-luks", 2.5),
          new Goal("nbd", "read 1 MiB QD 32", "qemu-nbd-luks", 6),
          new Goal("nbd", "write 1 MiB QD 32", "qemu-nbd-luks", 6),
          new Goal("nbd", "read 1 MiB QD 32", "nbdkit-file", 0.9),
          new Goal("nbd", "write 1 MiB QD 32", "nbdkit-file", 0.9),
          new Goal("nbd", "random read 4 KiB QD 32", "nbdkit-luks", 1.5),
          new Goal("nbd", "random write 4 KiB QD 32", "nbdkit-luks", 1.5),
          new Goal("nbd", "random read 4 KiB QD 1", "nbdkit-luks", 1.0),
          new Goal("nbd", "random write 4 KiB QD 1", "nbdkit-luks", 1.0),
          new Goal("fuse", "read 1 MiB QD 32", "qemu-fuse-luks", 6),
          new Goal("fuse", "write 1 MiB QD 32", "qemu-fuse-luks", 6),
          new Goal("fuse", "random read 4 KiB QD 32", "qemu-fuse-luks", 2.5),
          new Goal("fuse", "random write 4 KiB QD 32", "qemu-fuse-luks", 2.5),
          new Goal("files", "write and sync", "nbdfuse-luks", 3),
          new Goal("files", "read, empty cache", "nbdfuse-luks", 1.5),
          new Goal("files", "write and sync", "gocryptfs", 1.5),
          new Goal("files", "read, empty cache", "gocryptfs", 1.5),
          new Goal("reencrypt", "data only", "raw", 0.5),
          new Goal("reencrypt", "whole command", "cryptsetup", 1.0));

  /** Ours is to be at least {@code ratio} times the peer's figure. */
  private record Goal(String section, String job, String peer, double ratio) {}

  private record Key(String section, String job, String server) {}

  private final Map<Key, List<Double>> values = new LinkedHashMap<>();
  private final Map<String, String> units = new LinkedHashMap<>();

  private SideBySideReport(List<String> lines) {
    for (String line : lines) {
      String[] field = line.split("\t", -1);
      if (field.length == 5 && !field[4].isEmpty()) {
        Key key = new Key(field[0], field[1], field[2]);
        values.computeIfAbsent(key, _ -> new ArrayList<>()).add(Double.parseDouble(field[4]));
        units.put(field[0] + field[1], field[3]);
      }
    }
  }

  static void main(String[] args) throws IOException {
    SideBySideReport report = new SideBySideReport(Files.readAllLines(Path.of(args[0])));
    List<String> missing = Files.readAllLines(Path.of(args[1]));
    IO.println(report.markdown(missing));
    if (args.length > 2 && !args[2].isEmpty()) {
      Files.writeString(Path.of(args[2]), report.json(missing));
    }
    if (report.values.keySet().stream().noneMatch(key -> key.server().startsWith("ours"))) {
      System.err.println("side-by-side: no figure of ours");
      System.exit(1);
    }
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private String markdown(List<String> missing) {
    StringBuilder text = new StringBuilder();
    for (String section : distinct(values.keySet().stream().map(Key::section).toList())) {
      table(text, section);
    }
    goals(text);
    missing.forEach(line -> text.append("\nNot run: ").append(line));
    return text.toString();
  }

  private static Set<String> distinct(List<String> names) {
    return new LinkedHashSet<>(names);
  }

  private void table(StringBuilder text, String section) {
    List<Key> keys = values.keySet().stream().filter(k -> k.section().equals(section)).toList();
    Set<String> servers = distinct(keys.stream().map(Key::server).toList());
    text.append("\n| %s | %s |\n".formatted(section, String.join(" | ", servers)));
    text.append("|---".repeat(servers.size() + 1)).append("|\n");
    for (String job : distinct(keys.stream().map(Key::job).toList())) {
      String row =
          servers.stream()
              .map(server -> values.get(new Key(section, job, server)))
              .map(found -> found == null ? "-" : "%,.0f".formatted(median(found)))
              .collect(Collectors.joining(" | "));
      text.append("| %s, %s | %s |\n".formatted(job, units.get(section + job), row));
    }
  }

  private void goals(StringBuilder text) {
    text.append("\n| section, job | against | at least | 4096 | 512 |\n|---|---|---|---|---|\n");
    for (Goal goal : GOALS) {
      List<Double> peer = values.get(new Key(goal.section(), goal.job(), goal.peer()));
      if (peer != null) {
        text.append(
            "| %s, %s | %s | %.1f x | %s | %s |\n"
                .formatted(
                    goal.section(),
                    goal.job(),
                    goal.peer(),
                    goal.ratio(),
                    ratio(goal, goal.section().equals("engine") ? "ours" : "ours-4096", peer),
                    goal.section().equals("engine") ? "" : ratio(goal, "ours-512", peer)));
      }
    }
  }

  private String ratio(Goal goal, String server, List<Double> peer) {
    List<Double> own = values.get(new Key(goal.section(), goal.job(), server));
    if (own == null) {
      return "-";
    }
    double ratio = median(own) / median(peer);
    return "%.2f x%s".formatted(ratio, ratio >= goal.ratio() ? "" : " (below)");
  }

  private String json(List<String> missing) {
    String rows =
        values.entrySet().stream()
            .map(e ->
                "{\"section\":%s,\"job\":%s,\"server\":%s,\"unit\":%s,\"median\":%s,\"rounds\":%s}"
                    .formatted(
                        quoted(e.getKey().section()),
                        quoted(e.getKey().job()),
                        quoted(e.getKey().server()),
                        quoted(units.get(e.getKey().section() + e.getKey().job())),
                        String.format(Locale.ROOT, "%.2f", median(e.getValue())),
                        e.getValue()))
            .collect(Collectors.joining(",\n  "));
    String reasons =
        missing.stream().map(SideBySideReport::quoted).collect(Collectors.joining(", "));
    return "{\"figures\":[\n  %s],\n \"notRun\":[%s]}\n".formatted(rows, reasons);
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
