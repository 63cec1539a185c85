package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.secretfs.cli.output.Output;
import org.secretfs.luks.ManifestKeeper;

/** Says what became of the manifest of a volume whose header a command changed. */
final class ManifestNote {
  private static final String NAME = "manifest";

  private ManifestNote() {}

  /** Adds the fact, where there is a manifest. */
  static ObjectNode put(ObjectNode facts, ManifestKeeper.Outcome outcome) {
    return outcome == ManifestKeeper.Outcome.NONE
        ? facts
        : facts.put(NAME, outcome.name().toLowerCase(Locale.ROOT));
  }

  /** Tells people. */
  static void print(Output output, ObjectNode facts) {
    JsonNode outcome = facts.get(NAME);
    if (outcome == null) {
      return;
    }
    output.note(
        outcome.asText().equals("renewed")
            ? "The manifest vouches for the header as it is now."
            : "No manifest vouches for this header any more, and `secretfs up` will refuse it. Look"
                + " at it, then: secretfs manifest renew VOLUME");
  }
}
