package org.secretfs.agent;

/** Is told of each step of a volume's life as it happens. */
public interface StepListener {
  /** Hears nothing. */
  StepListener NONE =
      new StepListener() {
        @Override
        public void begins(String volume, Step step) {}

        @Override
        public void ended(String volume, Step step) {}
      };

  /** Called before the step changes anything. */
  void begins(String volume, Step step);

  /** Called after the step's effect is durable; not called when it failed. */
  void ended(String volume, Step step);
}
