package org.secretfs.agent;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.secretfs.failure.SecretfsException;

/** Remembers until the next reboot why a volume last failed to come up. */
final class FailureNotes {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final StateFiles files;
  private final Clock clock;

  FailureNotes(StateFiles files, Clock clock) {
    this.files = files;
    this.clock = clock;
  }

  void note(String volume, SecretfsException failure) {
    ObjectNode note = JSON.createObjectNode();
    note.put("time", clock.instant().toString());
    note.put("code", failure.code().name());
    note.put("reason", failure.getMessage());
    try {
      StateFiles.replace(files.failureFile(volume), JSON.writeValueAsBytes(note));
    } catch (IOException e) {
      // The failure itself is on its way to the caller and matters more.
      failure.addSuppressed(e);
    }
  }

  void forget(String volume) throws AgentException {
    try {
      StateFiles.delete(files.failureFile(volume));
    } catch (IOException e) {
      throw new AgentException(
          AgentError.STATE_UNWRITABLE,
          "note %s cannot be removed: %s".formatted(files.failureFile(volume), e),
          e);
    }
  }

  Optional<String> last(String volume) {
    Path file = files.failureFile(volume);
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      return Optional.of(JSON.readTree(Files.readAllBytes(file)).path("reason").asText());
    } catch (IOException e) {
      return Optional.of("the note of the last failure, %s, cannot be read: %s".formatted(file, e));
    }
  }
}
