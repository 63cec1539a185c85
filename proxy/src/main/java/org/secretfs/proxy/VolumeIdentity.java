package org.secretfs.proxy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.UUID;
import org.secretfs.luks.Luks2Volume;

/**
 * What must be the same when a volume is opened again under clients that use it: which volume it
 * is, which key is the right one, and how its sectors are encrypted. Tokens and keyslots may
 * change.
 *
 * @param digests what proves a volume key to be right
 * @param segments where the data is and how it is encrypted
 */
record VolumeIdentity(UUID uuid, JsonNode digests, JsonNode segments) {
  private static final ObjectMapper JSON = new ObjectMapper();

  static VolumeIdentity of(Luks2Volume volume) {
    try {
      JsonNode header = JSON.readTree(volume.jsonMetadata());
      return new VolumeIdentity(
          volume.uuid(), proofs(header.path("digests")), header.path("segments"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a header that was read is JSON", e);
    }
  }

  /** The digests without their lists of keyslots, which change when a keyslot is added. */
  private static JsonNode proofs(JsonNode digests) {
    JsonNode copy = digests.deepCopy();
    copy.forEach(digest -> {
      if (digest instanceof com.fasterxml.jackson.databind.node.ObjectNode object) {
        object.remove("keyslots");
      }
    });
    return copy;
  }
}
