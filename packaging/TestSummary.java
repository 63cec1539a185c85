import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Sums up the reports of a test run: time per module, each failure, each skipped test with its
 * reason, and the totals in the last line.
 *
 * <p>Arguments: Maven's log, Maven's exit status, report folders ({@code
 * MODULE/target/surefire-reports}). Exits
 * with 1 if the build or a test failed or if no test ran.
 */
final class TestSummary {
  private static final Pattern MODULE_TIME =
      Pattern.compile("^\\[INFO\\] (\\S+) \\.+ [A-Z]+ \\[ *([^\\]]+)\\]");

  private static final Pattern CRASH =
      Pattern.compile("^\\[ERROR\\].*(forked VM terminated|error in the forked process)");

  private final Map<String, Integer> passed = new TreeMap<>();
  private final Map<String, String> times = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();
  private final Map<String, List<String>> skips = new TreeMap<>();

  public static void main(String[] args) throws Exception {
    TestSummary summary = new TestSummary();
    summary.addTimes(Path.of(args[0]));
    summary.addCrashes(Path.of(args[0]));
    for (int i = 2; i < args.length; i++) {
      summary.addFolder(Path.of(args[i]));
    }
    summary.print();
    System.exit(summary.status(Integer.parseInt(args[1])));
  }

  /** Finds test processes that ended before they reported: Maven only logs that. */
  private void addCrashes(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      lines.filter(line -> CRASH.matcher(line).find()).distinct().limit(5).forEach(failures::add);
    }
  }

  /** Takes each module's time from the reactor summary at the end of Maven's log. */
  private void addTimes(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      lines
          .map(MODULE_TIME::matcher)
          .filter(Matcher::find)
          .forEach(match -> times.put(match.group(1), match.group(2)));
    }
  }

  private void addFolder(Path folder) throws Exception {
    Path module = folder.toAbsolutePath().getParent().getParent();
    if (!Files.isDirectory(folder)) {
      addMissing(module);
      return;
    }
    for (Path report : reports(folder)) {
      addReport(module.getFileName().toString(), parse(report));
    }
  }

  /** A module that has tests and reports none did not get to run them. */
  private void addMissing(Path module) throws IOException {
    Path tests = module.resolve("src/test/java");
    if (!Files.isDirectory(tests)) {
      return;
    }
    try (Stream<Path> files = Files.walk(tests)) {
      if (files.anyMatch(file -> file.getFileName().toString().endsWith("Test.java"))) {
        failures.add(module.getFileName() + ": has tests, and none reported anything");
      }
    }
  }

  private static List<Path> reports(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
          .sorted(Comparator.naturalOrder())
          .toList();
    }
  }

  private static Document parse(Path report) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    DocumentBuilder builder = factory.newDocumentBuilder();
    return builder.parse(report.toFile());
  }

  private void addReport(String module, Document report) {
    NodeList cases = report.getElementsByTagName("testcase");
    for (int i = 0; i < cases.getLength(); i++) {
      addCase(module, (Element) cases.item(i));
    }
  }

  private void addCase(String module, Element test) {
    String name = module + " " + test.getAttribute("classname") + "." + test.getAttribute("name");
    String failure = message(test, "failure", message(test, "error", null));
    String skip = message(test, "skipped", null);
    if (failure != null) {
      failures.add(name + ": " + failure);
    } else if (skip != null) {
      skips.computeIfAbsent(skip, reason -> new ArrayList<>()).add(name);
    } else {
      passed.merge(module, 1, Integer::sum);
    }
  }

  /** The first line of what a child element says, or {@code absent} if there is none. */
  private static String message(Element test, String child, String absent) {
    NodeList found = test.getElementsByTagName(child);
    if (found.getLength() == 0) {
      return absent;
    }
    Element element = (Element) found.item(0);
    String text = element.getAttribute("message");
    String whole = text.isBlank() ? element.getTextContent() : text;
    String line = whole.strip().lines().findFirst().orElse("no reason given");
    return line.replaceFirst("^org\\.opentest4j\\.TestAbortedException: ", "")
        .replaceFirst("^Assumption failed: ", "");
  }

  private void print() {
    System.out.println();
    times.forEach(
        (module, time) ->
            System.out.printf(
                "%-12s %5d passed, took %s%n", module, passed.getOrDefault(module, 0), time));
    skips.forEach(TestSummary::printSkip);
    failures.forEach(failure -> System.out.println("FAILED  " + failure));
  }

  private static void printSkip(String reason, List<String> tests) {
    System.out.println("skipped (" + tests.size() + "): " + reason);
    tests.stream().limit(5).forEach(test -> System.out.println("    " + test));
    if (tests.size() > 5) {
      System.out.println("    and " + (tests.size() - 5) + " more");
    }
  }

  private int status(int build) {
    int run = passed.values().stream().mapToInt(Integer::intValue).sum();
    int skipped = skips.values().stream().mapToInt(List::size).sum();
    if (build != 0) {
      System.out.println("The build failed; not everything was tested.");
    } else if (run == 0) {
      System.out.println("No test ran.");
    }
    System.out.printf("%d passed, %d failed, %d skipped%n", run, failures.size(), skipped);
    return build == 0 && failures.isEmpty() && run > 0 ? 0 : 1;
  }
}
