import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;

/**
 * Draws a flame graph, as SVG on standard output, of what {@code perf script} prints on standard
 * input: a bar for every function, as wide as the share of samples in which it was on the stack;
 * below it who called it. The title is the argument.
 */
final class FlameGraph {
  private static final int WIDTH = 1400;
  private static final int BAR = 17;
  private static final double LEAST_SHARE = 0.002;

  private final Node root = new Node("all");
  private int depth;

  private static final class Node {
    final String name;
    final Map<String, Node> children = new TreeMap<>();
    long samples;

    Node(String name) {
      this.name = name;
    }
  }

  static void main(String[] args) throws IOException {
    FlameGraph graph = new FlameGraph();
    graph.read(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
    IO.print(graph.svg(args.length > 0 ? args[0] : ""));
  }

  /** A sample is a line that is not indented, its frames from the innermost, and an empty line. */
  private void read(BufferedReader lines) throws IOException {
    Deque<String> stack = new ArrayDeque<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isBlank()) {
        add(stack);
        stack.clear();
      } else if (Character.isWhitespace(line.charAt(0))) {
        stack.push(function(line.strip()));
      }
    }
    add(stack);
  }

  /** Of {@code address function+offset (object)}, or with an unknown function the object's name. */
  private static String function(String frame) {
    String rest = frame.substring(frame.indexOf(' ') + 1);
    int object = rest.lastIndexOf(" (");
    String name = object < 0 ? rest : rest.substring(0, object);
    int offset = name.lastIndexOf("+0x");
    name = offset < 0 ? name : name.substring(0, offset);
    if (name.equals("[unknown]") && object >= 0) {
      String file = rest.substring(object + 2, rest.length() - 1);
      return "[" + file.substring(file.lastIndexOf('/') + 1) + "]";
    }
    return name;
  }

  private void add(Deque<String> stack) {
    if (stack.isEmpty()) {
      return;
    }
    depth = Math.max(depth, stack.size());
    root.samples++;
    Node node = root;
    for (String name : stack) {
      node = node.children.computeIfAbsent(name, Node::new);
      node.samples++;
    }
  }

  private String svg(String title) {
    int height = (depth + 3) * BAR;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="monospace" font-size="11">
        <rect width="100%%" height="100%%" fill="white"/>
        <text x="8" y="14">%s: %d samples</text>
        """
            .formatted(WIDTH, height, escaped(title), root.samples));
    draw(svg, root, 0, height - BAR);
    return svg.append("</svg>\n").toString();
  }

  private void draw(StringBuilder svg, Node node, double x, int y) {
    double share = (double) node.samples / Math.max(1, root.samples);
    if (share < LEAST_SHARE) {
      return;
    }
    double width = share * WIDTH;
    int letters = (int) (width / 6.8);
    String label = node.name.length() <= letters ? node.name : node.name.substring(0, letters);
    svg.append(
        "<g><title>%s %.1f %%</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>"
            .formatted(escaped(node.name), share * 100, x, y, width, BAR - 1, colour(node.name)));
    svg.append(
        "<text x=\"%.1f\" y=\"%d\">%s</text></g>\n".formatted(x + 2, y + 12, escaped(label)));
    double at = x;
    for (Node child : node.children.values()) {
      draw(svg, child, at, y - BAR);
      at += (double) child.samples / root.samples * WIDTH;
    }
  }

  private static String colour(String name) {
    if (name.contains("gcry") || name.contains("aes") || name.contains("xts")) {
      return "#f2c14e";
    }
    if (name.startsWith("L") || name.contains("::") || name.contains("org.secretfs")) {
      return "#8fc1a9";
    }
    return "#e8998d";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
