package org.secretfs.cli;

import java.lang.reflect.Constructor;
import java.util.Arrays;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import picocli.CommandLine;

/** Makes each command with the output that it prints to, and the input where it reads secrets. */
final class CommandFactory implements CommandLine.IFactory {
  private final Output output;
  private final Input input;
  private final CommandLine.IFactory fallback = CommandLine.defaultFactory();

  CommandFactory(Output output, Input input) {
    this.output = output;
    this.input = input;
  }

  @Override
  public <K> K create(Class<K> type) throws Exception {
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      Class<?>[] parameters = constructor.getParameterTypes();
      if (Arrays.equals(parameters, new Class<?>[] {Output.class})) {
        return type.cast(open(constructor).newInstance(output));
      }
      if (Arrays.equals(parameters, new Class<?>[] {Output.class, Input.class})) {
        return type.cast(open(constructor).newInstance(output, input));
      }
    }
    return fallback.create(type);
  }

  /** Commands are visible in their own package only. */
  private static Constructor<?> open(Constructor<?> constructor) {
    constructor.setAccessible(true);
    return constructor;
  }
}
