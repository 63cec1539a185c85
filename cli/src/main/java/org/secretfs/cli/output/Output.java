package org.secretfs.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.FormatMethod;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;

/** Where the command prints: facts to standard output, everything else to standard error. */
public final class Output {
  /** For facts; with {@code --json} nothing but one JSON document goes there. */
  public static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final PrintStream out;
  private final PrintStream err;
  private final boolean notesOnTerminal;

  public Output(PrintStream out, PrintStream err) {
    this(out, err, false);
  }

  private Output(PrintStream out, PrintStream err, boolean notesOnTerminal) {
    this.out = out;
    this.err = err;
    this.notesOnTerminal = notesOnTerminal;
  }

  /** The process' own streams. */
  public static Output standard() {
    return new Output(
        new PrintStream(System.out, true, StandardCharsets.UTF_8),
        new PrintStream(System.err, true, StandardCharsets.UTF_8),
        Input.isTerminal(Path.of("/proc/self/fd/2")));
  }

  /** Whether a person reads the notes as they come, so that a line can be overwritten. */
  public boolean notesOnTerminal() {
    return notesOnTerminal;
  }

  /** Prints a line of facts. */
  @FormatMethod
  public void line(String format, Object... args) {
    out.println(format.formatted(args));
  }

  /** Prints a line about what is going on. */
  @FormatMethod
  public void note(String format, Object... args) {
    err.println(format.formatted(args));
  }

  /** Prints facts as they are, line ends included. */
  public void print(String text) {
    out.print(text);
    out.flush();
  }

  /** Prints what is going on as it is, line ends included. */
  public void printNote(String text) {
    err.print(text);
    err.flush();
  }

  /** Prints a JSON document. */
  public void json(Object document) {
    try {
      out.println(JSON.writeValueAsString(document));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a document of ours is always JSON", e);
    }
  }

  /** Standard output itself, for data. */
  public OutputStream data() {
    return out;
  }

  /**
   * Makes sure that everything printed to standard output so far got there: streams of this kind
   * keep quiet about a full disk.
   *
   * @throws CliException if it did not
   */
  public void requireWritten() throws CliException {
    if (out.checkError()) {
      throw new CliException(
          CliError.FILE_UNWRITABLE,
          "standard output was not written to its end: its disk is full, or its reader is gone");
    }
  }

  /** For help and facts that another library prints. */
  public PrintWriter outWriter() {
    return new PrintWriter(out, true, StandardCharsets.UTF_8);
  }

  /** For mistakes of the command line that another library reports. */
  public PrintWriter errWriter() {
    return new PrintWriter(err, true, StandardCharsets.UTF_8);
  }

  /** A fresh JSON object. */
  public static ObjectNode object() {
    return JSON.createObjectNode();
  }
}
