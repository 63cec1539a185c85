package org.secretfs.cli;

import org.secretfs.agent.Step;
import org.secretfs.agent.StepListener;
import org.secretfs.cli.output.Output;

/** Prints each step as it begins. */
final class StepPrinter implements StepListener {
  private final Output output;

  StepPrinter(Output output) {
    this.output = output;
  }

  @Override
  public void begins(String volume, Step step) {
    output.note("   . %s", step.title());
  }

  @Override
  public void ended(String volume, Step step) {}
}
