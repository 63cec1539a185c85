package org.secretfs.attach;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;

/** A command line, how long it may take, and a secret that it reads on its standard input. */
public final class Command {
  private static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(1);

  private final List<String> words;
  private final Duration timeout;
  private final Optional<SecretBuffer> standardInput;

  private Command(List<String> words, Duration timeout, Optional<SecretBuffer> standardInput) {
    this.words = words;
    this.timeout = timeout;
    this.standardInput = standardInput;
  }

  /** A command with an empty standard input and a minute of time. */
  public static Command of(String tool, String... arguments) {
    return of(tool, List.of(arguments));
  }

  /** A command with an empty standard input and a minute of time. */
  public static Command of(String tool, List<String> arguments) {
    List<String> words = new ArrayList<>();
    words.add(tool);
    words.addAll(arguments);
    return new Command(List.copyOf(words), DEFAULT_TIMEOUT, Optional.empty());
  }

  public Command withTimeout(Duration limit) {
    return new Command(words, limit, standardInput);
  }

  /** The same command reading a secret, which is lent for the time of the run. */
  public Command withStandardInput(SecretBuffer secret) {
    return new Command(words, timeout, Optional.of(secret));
  }

  /** The name of the tool, without a directory. */
  public String tool() {
    return words.getFirst();
  }

  /** The tool and its arguments. */
  public List<String> words() {
    return words;
  }

  public Duration timeout() {
    return timeout;
  }

  public Optional<SecretBuffer> standardInput() {
    return standardInput;
  }

  @Override
  public String toString() {
    return String.join(" ", words);
  }
}
