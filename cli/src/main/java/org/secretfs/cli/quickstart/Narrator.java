package org.secretfs.cli.quickstart;

import com.google.errorprone.annotations.FormatMethod;
import org.secretfs.agent.Step;
import org.secretfs.agent.StepListener;
import org.secretfs.cli.output.Output;

/** Tells what quickstart does, chapter by chapter. */
final class Narrator implements StepListener {
  private final Output output;
  private final int chapters;
  private int chapter;

  Narrator(Output output, int chapters) {
    this.output = output;
    this.chapters = chapters;
  }

  void chapter(String title) {
    chapter++;
    output.line("");
    output.line("[%d/%d] %s", chapter, chapters, title);
  }

  @FormatMethod
  void fact(String format, Object... args) {
    output.line("      %s", format.formatted(args));
  }

  void quote(String line) {
    output.line("      | %s", line);
  }

  @FormatMethod
  void proved(String format, Object... args) {
    output.line("      ✓ %s", format.formatted(args));
  }

  @Override
  public void begins(String volume, Step step) {
    output.line("      . %s", step.title());
  }

  @Override
  public void ended(String volume, Step step) {}
}
