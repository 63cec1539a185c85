package org.secretfs.attach;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A runner that runs nothing: it notes command lines and gives prepared answers. */
final class RecordingRunner implements CommandRunner {
  private final List<Command> commands = new ArrayList<>();
  private final Map<String, CommandResult> answers = new HashMap<>();
  private final List<String> missing = new ArrayList<>();

  /** Answers every command line that begins like this; others succeed and say nothing. */
  RecordingRunner answering(String beginning, int exitStatus, String output, String errors) {
    answers.put(beginning, new CommandResult(exitStatus, output, errors));
    return this;
  }

  RecordingRunner without(String tool) {
    missing.add(tool);
    return this;
  }

  List<String> lines() {
    return commands.stream().map(Command::toString).toList();
  }

  List<Command> commands() {
    return commands;
  }

  @Override
  public Optional<Path> find(String tool) {
    return missing.contains(tool) ? Optional.empty() : Optional.of(Path.of("/usr/sbin", tool));
  }

  @Override
  public CommandResult run(Command command) {
    commands.add(command);
    return answers.entrySet().stream()
        .filter(answer -> command.toString().startsWith(answer.getKey()))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(new CommandResult(0, "", ""));
  }
}
