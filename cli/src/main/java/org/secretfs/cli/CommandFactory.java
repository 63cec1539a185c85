package org.secretfs.cli;

import java.lang.reflect.Constructor;
import org.secretfs.cli.output.Output;
import picocli.CommandLine;

/** Makes each command with the output that it prints to. */
final class CommandFactory implements CommandLine.IFactory {
  private final Output output;
  private final CommandLine.IFactory fallback = CommandLine.defaultFactory();

  CommandFactory(Output output) {
    this.output = output;
  }

  @Override
  public <K> K create(Class<K> type) throws Exception {
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (constructor.getParameterCount() == 1
          && constructor.getParameterTypes()[0] == Output.class) {
        return type.cast(constructor.newInstance(output));
      }
    }
    return fallback.create(type);
  }
}
