package org.secretfs.agent;

import org.jspecify.annotations.Nullable;
import org.secretfs.failure.SecretfsException;

/** Runs the steps of one volume and tells the listener of each. */
final class Steps {
  private final String volume;
  private final StepListener listener;

  Steps(String volume, StepListener listener) {
    this.volume = volume;
    this.listener = listener;
  }

  <T extends @Nullable Object> T run(Step step, Action<T> action) throws SecretfsException {
    listener.begins(volume, step);
    T result = action.run();
    listener.ended(volume, step);
    return result;
  }

  void perform(Step step, Effect effect) throws SecretfsException {
    listener.begins(volume, step);
    effect.run();
    listener.ended(volume, step);
  }

  /** What a step finds out or makes. */
  @FunctionalInterface
  interface Action<T extends @Nullable Object> {
    T run() throws SecretfsException;
  }

  /** What a step changes. */
  @FunctionalInterface
  interface Effect {
    void run() throws SecretfsException;
  }
}
